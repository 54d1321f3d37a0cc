"""The way of one hand to where it takes hold, from its back, while the other one goes home."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.spec import CONTROL_PERIOD

from .motions import SPEED, Pose, towards
from .sure_release import OPEN, SHUT, gripper

Place = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Position (3,) [m] and rotation (3, 3) of one hand."""

_BACK = 0.05  # m from which a hand comes
_HIGH = TABLE_HEIGHT + 0.17  # m
_SLOW = 0.2  # of full speed
_ARRIVED = 0.003  # m
_OPENS, _CLOSES, _MOST = 0.4, 1.0, 3.0  # s, of a leg


class Leg(NamedTuple):
    """A straight way of one hand."""

    goal: Callable[[Place, Place], Place]  # of where the hand is and of where it is to take hold
    speed: float  # share of full speed
    gripper: float
    least: float = 0.0  # s


class Taking:
    """Leads one hand to where it takes hold, from its back, while the other one goes home."""

    def __init__(self, hand: int, hands: Pose, home: Pose) -> None:
        """Plan the way of a hand from where it is."""
        start = hands[0][hand], hands[1][hand]
        away = backed(start)
        self._hand, self._home, self._ticks = hand, home, 0
        self._legs = deque(
            [
                Leg(lambda here, there: start, SPEED, OPEN, _OPENS),
                Leg(lambda here, there: away, SPEED, OPEN),
                Leg(lambda here, there: raised(away), SPEED, OPEN),
                Leg(lambda here, there: raised(backed(there)), SPEED, OPEN),
                Leg(lambda here, there: backed(there), SPEED, OPEN),
                Leg(lambda here, there: there, _SLOW, OPEN),
                Leg(lambda here, there: here, _SLOW, SHUT, _CLOSES),
            ]
        )

    @property
    def over(self) -> bool:
        """Whether the hand has had its time to close."""
        return not self._legs

    def __call__(self, hands: Pose, there: Place, count: int) -> NDArray[np.float32]:
        """Return the next actions (count, 14) of hands, one of which is to take hold at a place, which may have moved."""
        leg = self._legs[0]
        here = hands[0][self._hand], hands[1][self._hand]
        goal = leg.goal(here, there)
        positions, rotations = self._home[0].copy(), self._home[1].copy()
        positions[self._hand], rotations[self._hand] = goal
        actions = towards(hands, (positions, rotations), count, leg.speed)
        actions[:, gripper(self._hand)] = leg.gripper
        self._ticks += count
        seconds, gap = self._ticks * CONTROL_PERIOD, np.linalg.norm(here[0] - goal[0])
        if seconds > _MOST or (seconds >= leg.least and gap < _ARRIVED):
            self._legs.popleft()
            self._ticks = 0
        return actions


def backed(place: Place) -> Place:
    """Return a place some centimetres along the hand's own back."""
    return place[0] + _BACK * place[1][:, 2], place[1]


def raised(place: Place) -> Place:
    """Return a place at the height from which hands come, or where it is if that is higher."""
    return np.array([*place[0][:2], max(float(place[0][2]), _HIGH)]), place[1]
