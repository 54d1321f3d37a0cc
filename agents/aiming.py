"""What a hand lacks that is to close around an aglet and would close beside it, from where hands and aglets are."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.rotations import rotation_matrix
from lacelab.envs.spec import SIDES

from .demonstrator.geometry import WRIST, heading_along, inward
from .route import Pose
from .sure_grasp import ALONG, level_axis, missing_along

BETWEEN = 0.0035
"""Distance [m] from the middle between open pads to an aglet, at most."""

_NEAR = 0.025  # m
_LIES = TABLE_HEIGHT + 0.012  # m, of the tip: on the mat, or on the sole beside a flap
_ABOVE, _HIGH = 0.0025, 0.0055  # m from the tip up to a hand around its aglet, and to one that misses it
_ASKEW = 0.75  # rad between hand and aglet, about the vertical
_TURNED = 0.1  # rad from as far as a wrist turns

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]


class Miss(NamedTuple):
    """What a hand lacks to have an aglet between its pads."""

    across: Array  # (3,) [m], level and square to the aglet
    along: Array  # (3,) [m], along the aglet
    down: float  # m
    turn: float  # rad, about the vertical

    @property
    def way(self) -> Array:
        """Way to go, (3,) [m]."""
        return self.across + self.along - [0.0, 0.0, self.down]

    @property
    def is_none(self) -> bool:
        """Whether the aglet is between the pads, or nearly so far along it."""
        beside, before = np.linalg.norm(self.across), np.linalg.norm(self.along)
        return bool(self.turn == 0.0 and beside < BETWEEN and before < ALONG and self.down < _HIGH - _ABOVE)

    @property
    def is_near(self) -> bool:
        """Whether the hand is beside the aglet, and not elsewhere."""
        return bool(max(np.linalg.norm(self.across), np.linalg.norm(self.along)) < _NEAR)


def misses(seen: Observation, hand: int, pose: Pose) -> list[Miss]:
    """Return what a hand at a pose lacks to have an aglet, for each one on the mat or the sole that it is beside; the nearest one first."""
    lying = np.flatnonzero(np.asarray(seen["aglet_position"])[:, 2] < _LIES)
    near = [miss for lace in map(int, lying) if (miss := _miss(seen, hand, pose, lace)).is_near]
    return sorted(near, key=lambda miss: (not miss.is_none, float(np.linalg.norm(miss.way))))


def _miss(seen: Observation, hand: int, pose: Pose, lace: int) -> Miss:
    axis = level_axis(seen, lace)
    away = np.asarray(seen["aglet_position"], np.float64)[lace] - pose.position
    turn = _turn(hand, pose.rotation[:, 0], axis)
    pointing = rotation_matrix(np.array([0.0, 0.0, turn])) @ pose.rotation[:, 0]
    behind = float(axis @ away)
    across = (away - behind * axis) * (1.0, 1.0, 0.0)
    return Miss(across, axis * missing_along(behind, float(pointing @ axis)), -float(away[2]) - _ABOVE, turn)


def _turn(hand: int, pointing: Array, axis: Array) -> float:
    """Return the angle [rad] about the vertical by which a hand that points some way (3,) has to be turned to lie along an axis (3,), either way round."""
    heading, wanted = (float(np.arctan2(vector[1], vector[0])) for vector in (pointing, axis))
    if abs((wanted - heading + np.pi / 2) % np.pi - np.pi / 2) < _ASKEW:
        return 0.0
    goal = heading_along(axis, inward(SIDES[hand]), WRIST)
    turn = (goal - heading + np.pi) % (2 * np.pi) - np.pi
    return turn if abs(turn) > _TURNED else 0.0
