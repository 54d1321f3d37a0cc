"""Puts arms and laces where an episode begins."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from .control import Controller
from .entities import fingertips
from .entities import shoe as shoes
from .entities.arena import TABLE_HEIGHT
from .entities.lace import RADIUS
from .episode import Episode
from .exceptions import LaceLabError
from .grasp import HOLD, grasp_rotation
from .kinematics import Kinematics, home
from .layouts import Placement
from .scene import Scene
from .simulation import Simulation
from .spec import ARM_JOINTS, SIDES, Side

Array = NDArray[np.float64]

_OPEN, _CLOSED = 0.6, -1.0  # gripper actions at the start
_TOUCHING = fingertips.CLOSED_ANGLE + (RADIUS - 5e-5) / fingertips.PAD_LEVER  # rad, pads dent an aglet by 0.05 mm
_ITERATIONS = 80  # of inverse kinematics; 20 to 40 are needed
_CLOSE = (1e-4, 2e-3)  # m, rad; the posture task leaves a little over


def place(simulation: Simulation, controller: Controller, episode: Episode) -> None:
    """Put everything at the beginning of an episode: at rest, hands at home or, for one, holding an aglet."""
    scene, placement = simulation.scene, episode.placement
    _place_shoe(scene, placement)
    for lace, points, axis in zip(scene.laces, placement.lace_points, placement.aglet_axes, strict=True):
        lace.place(scene.model, simulation.data, points, axis)
    holding = episode.goal.inserting_hand if episode.in_hand else None
    _place_arms(simulation, controller, placement, holding)
    mujoco.mj_forward(simulation.model, simulation.data)


def _place_shoe(scene: Scene, placement: Placement) -> None:
    shoes.write(scene.model, placement.shoe)
    half = placement.shoe_heading / 2
    scene.model.body_pos[scene.shoe_body] = [*placement.shoe_position, TABLE_HEIGHT]
    scene.model.body_quat[scene.shoe_body] = [np.cos(half), 0.0, 0.0, np.sin(half)]


def _place_arms(simulation: Simulation, controller: Controller, placement: Placement, holding: Side | None) -> None:
    joints, openings = np.concatenate([home(side) for side in SIDES]), np.full(2, _OPEN)
    if holding is not None:
        joints, openings[holding.index] = _reach(controller.kinematics, placement, holding, joints), _CLOSED
    controller.state = controller.state_at(joints, (openings[0], openings[1]))
    data, fingers = simulation.data, controller.state.fingers
    for side, arm in zip(SIDES, simulation.scene.arms, strict=True):
        angles = joints.reshape(2, ARM_JOINTS)[side.index]
        finger = _TOUCHING if side is holding else fingers[side.index]
        data.qpos[arm.qpos] = data.ctrl[arm.actuators] = angles
        data.qpos[arm.finger_qpos] = side.sign * finger
        data.ctrl[arm.finger_actuator] = side.sign * fingers[side.index]


def _reach(kinematics: Kinematics, placement: Placement, hand: Side, joints: Array) -> Array:
    """Return joint angles (14,) at which one hand holds the back of its own aglet.

    Raises:
        LaceLabError: if the hand cannot get there (never seen; a start elsewhere would be a lie).
    """
    axis = placement.aglet_axes[hand.index]
    positions, rotations = kinematics.forward(joints)
    positions[hand.index] = placement.lace_points[hand.index][-1] + axis * HOLD
    rotations[hand.index] = grasp_rotation(axis, 0.0, forward=True)
    for _ in range(_ITERATIONS):
        joints = kinematics.solve(joints, positions, rotations)
        reached = kinematics.forward(joints)
        if np.allclose(reached[0], positions, 0, _CLOSE[0]) and np.allclose(reached[1], rotations, 0, _CLOSE[1]):
            return joints
    raise LaceLabError(f"The {hand} hand does not reach {positions[hand.index]}, where it should start with an aglet.")
