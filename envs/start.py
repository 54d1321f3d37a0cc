"""Puts arms and laces where an episode begins."""

import mujoco
import numpy as np
from numpy.typing import NDArray

from .control import Controller, Kinematics, home
from .entities import fingertips
from .entities import shoe as shoes
from .entities.arena import TABLE_HEIGHT
from .entities.lace import RADIUS
from .episode import Episode
from .exceptions import LaceLabError
from .grasp import HOLD, grasp_rotation
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
    joints, openings = np.concatenate([home(side) for side in SIDES]), [_OPEN, _OPEN]
    _place_shoe(scene, placement)
    for side, lace in zip(SIDES, scene.laces, strict=True):
        lace.place(scene.model, simulation.data, placement.lace_points[side.index], placement.aglet_axes[side.index])
    if episode.in_hand:
        hand = episode.goal.inserting_hand
        joints, openings[hand.index] = _reach(controller.kinematics, placement, hand, joints), _CLOSED
    controller.state = controller.state_at(joints, (openings[0], openings[1]))
    _place_arms(simulation, controller)
    if episode.in_hand:
        simulation.data.qpos[scene.arms[hand.index].finger_qpos] = hand.sign * _TOUCHING
    mujoco.mj_forward(simulation.model, simulation.data)


def _place_shoe(scene: Scene, placement: Placement) -> None:
    shoes.write(scene.model, placement.shoe)
    half = placement.shoe_heading / 2
    scene.model.body_pos[scene.shoe_body] = [*placement.shoe_position, TABLE_HEIGHT]
    scene.model.body_quat[scene.shoe_body] = [np.cos(half), 0.0, 0.0, np.sin(half)]


def _place_arms(simulation: Simulation, controller: Controller) -> None:
    data, state = simulation.data, controller.state
    for side, arm in zip(SIDES, simulation.scene.arms, strict=True):
        angles = state.joints.reshape(2, ARM_JOINTS)[side.index]
        finger = side.sign * state.fingers[side.index]
        data.qpos[arm.qpos] = data.ctrl[arm.actuators] = angles
        data.qpos[arm.finger_qpos] = data.ctrl[arm.finger_actuator] = finger


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
        error = np.abs(reached[0] - positions).max(), np.abs(reached[1] - rotations).max()
        if error[0] < _CLOSE[0] and error[1] < _CLOSE[1]:
            return joints
    raise LaceLabError(f"The {hand} hand does not reach the aglet that it should start with: {error} m and rad off.")
