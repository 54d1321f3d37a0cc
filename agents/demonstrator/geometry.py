"""Hand orientations of the expert, found by a reachability study of the OpenArm pair over mat and eyelets.

One recipe serves every phase. The hand leans back from the aglet by `LEAN`, and its back tilts towards the robot by a
`roll` about the aglet. The right hand's tool x axis points inward (+y) or forward, the left hand's mirrors it. So the
right lace always travels along +y: the right hand holds the aglet's back with its tool x along the aglet, the left hand
holds the tip with its tool x against it.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAN = np.radians(27.0)  # between the aglet and the tool's x axis
ROLL = np.radians(30.0)  # of the hand's back towards the robot, at an eyelet
UP = np.array([0.0, 0.0, 1.0])


def frame(x: Array, z_hint: Array) -> Array:
    """Return the rotation with first column along `x` and third as near to `z_hint` as possible."""
    x = x / np.sqrt(x @ x)
    z = z_hint - x * (z_hint @ x)
    z = z / np.sqrt(z @ z)
    return np.stack([x, np.cross(z, x), z], axis=1)


def hand_back(axis: Array, roll: float) -> Array:
    """Return the direction of the hand's back: up, tilted towards the robot by `roll`, normal to `axis`."""
    back = np.array([-np.sin(roll), 0.0, np.cos(roll)])
    back = back - axis * (back @ axis)
    return back / np.sqrt(back @ back)


def grasp_rotation(axis: Array, roll: float, forward: bool, lean: float = LEAN) -> Array:
    """Return the tool orientation (3, 3) for holding an aglet.

    Args:
        axis: unit vector from the aglet's back to its tip, (3,).
        roll: tilt of the hand's back towards the robot [rad]; 0 closes the fingers horizontally.
        forward: the tool's x axis runs along the aglet (hold at the back), else against it (hold at the tip).
        lean: angle by which the hand leans away from the free end [rad].
    """
    x = axis if forward else -axis
    upright = frame(x, hand_back(axis, roll))
    c, s = np.cos(lean), np.sin(lean)
    return upright @ np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])


def less_steep(axis: Array, limit: float) -> Array:
    """Return a unit vector with the heading of `axis` (3,) whose slope is no more than `limit` [rad]."""
    level = float(np.hypot(axis[0], axis[1]))
    slope = float(np.clip(np.arctan2(axis[2], level), -limit, limit))
    return np.array([*(axis[:2] / max(level, 1e-9) * np.cos(slope)), np.sin(slope)])


def carry_goal(
    tool: tuple[Array, Array], tip: Array, axis: Array, wanted_tip: Array, wanted_axis: Array, roll: float
) -> tuple[Array, Array]:
    """Return the tool pose that brings a held aglet to a wanted pose, from how it sits in the hand now.

    Args:
        tool: measured tool position (3,) [m] and orientation (3, 3).
        tip: measured tip (3,) [m].
        axis: measured direction of the aglet (3,).
        wanted_tip: where the tip should be (3,) [m].
        wanted_axis: where it should point (3,).
        roll: tilt of the hand's back towards the robot there [rad].
    """
    position, rotation = tool
    axis_in_tool, tip_in_tool = rotation.T @ axis, rotation.T @ (tip - position)
    turned = frame(wanted_axis, hand_back(wanted_axis, roll)) @ frame(axis_in_tool, UP).T
    return wanted_tip - turned @ tip_in_tool, turned
