"""Puts arms and laces where an episode begins."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from .control import Controller, home
from .entities import fingertips
from .entities.arena import TABLE_HEIGHT
from .entities.lace import RADIUS
from .episode import Episode
from .scene import Scene
from .simulation import Simulation
from .spec import SIDES

Array = NDArray[np.float64]

_OPEN = 0.6  # gripper action at the start


def place_on_mat(simulation: Simulation, controller: Controller, episode: Episode) -> None:
    """Arms at home with open hands, both laces on the mat."""
    joints = np.concatenate([home(side) for side in SIDES])
    _place_fixed(simulation.scene, episode)
    _place_arms(simulation, controller, joints, (_OPEN, _OPEN))
    for side in SIDES:
        _place_lace(simulation, side.index, episode)
    mujoco.mj_forward(simulation.model, simulation.data)


def place_in_hand(simulation: Simulation, controller: Controller, episode: Episode) -> None:
    """As `place_on_mat`, but the goal lace is in the hand that inserts it."""
    raise NotImplementedError


def _place_fixed(scene: Scene, episode: Episode) -> None:
    x, y = episode.shoe_position
    half = episode.shoe_heading / 2
    scene.model.body_pos[scene.shoe_body] = [x, y, TABLE_HEIGHT]
    scene.model.body_quat[scene.shoe_body] = [np.cos(half), 0.0, 0.0, np.sin(half)]


def _place_lace(simulation: Simulation, index: int, episode: Episode) -> None:
    lace = simulation.scene.laces[index]
    lace.place(simulation.model, simulation.data, episode.lace_points[index], episode.aglet_axes[index])


def _place_arms(simulation: Simulation, controller: Controller, joints: Array, openings: tuple[float, float]) -> None:
    controller.state = controller.state_at(joints, openings)
    data = simulation.data
    for side, arm in zip(SIDES, simulation.scene.arms, strict=True):
        angles = joints.reshape(2, -1)[side.index]
        finger = side.sign * controller.state.fingers[side.index]
        data.qpos[arm.qpos] = angles
        data.qpos[arm.finger_qpos] = finger
        data.ctrl[arm.actuators] = angles
        data.ctrl[arm.finger_actuator] = finger


_ = (fingertips, RADIUS)
