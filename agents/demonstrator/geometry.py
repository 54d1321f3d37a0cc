"""Hand poses of the expert, on top of how a hand holds an aglet (`envs.grasp`)."""

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.grasp import UP, frame, hand_back

Array = NDArray[np.float64]

ROLL = np.radians(30.0)  # of the hand's back towards the robot, at an eyelet


def less_steep(axis: Array, limit: float) -> Array:
    """Return a unit vector with the heading of `axis` (3,) whose slope is no more than `limit` [rad]."""
    level = float(np.hypot(axis[0], axis[1]))
    slope = float(np.clip(np.arctan2(axis[2], level), -limit, limit))
    return np.array([*(axis[:2] / max(level, 1e-9) * np.cos(slope)), np.sin(slope)])


def heading_along(direction: Array, favourite: float, most: float) -> float:
    """Return the heading [rad] of a direction (3,), either way round, or `most` [rad] from a favourite one if it is farther from that."""
    off = float(np.arctan2(direction[1], direction[0])) - favourite
    return favourite + float(np.clip((off + np.pi / 2) % np.pi - np.pi / 2, -most, most))


def level(heading: float) -> Array:
    """Return a level unit vector (3,) by its heading [rad]."""
    return np.array([np.cos(heading), np.sin(heading), 0.0])


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
