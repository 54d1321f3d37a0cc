"""The way of one hand: straight legs, one after the other."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.rotations import rotation_matrix, rotation_vector, shortened
from lacelab.envs.spec import ACTION_PER_ARM, CONTROL_PERIOD, ROTATION_SCALE, TRANSLATION_SCALE

from .hands import tool_rotations
from .sure_release import OPEN, SHUT

Array = NDArray[np.float64]

SLOW = 0.3
"""Share of full speed."""

OPENS = 0.4
"""Time that fingers need to open [s]."""

CLEAR = TABLE_HEIGHT + 0.17
"""Height of a hand [m] from which a lace hangs that passes over the flaps."""

_RISES = 0.09  # m, of a hand that has let go
_TURN = 0.3  # of full speed
_ARRIVED, _TURNED = 0.01, 0.15  # m, rad


@dataclass(frozen=True)
class Pose:
    """Where a tool is: position (3,) [m] and rotation (3, 3)."""

    position: Array
    rotation: Array

    @classmethod
    def of(cls, observation: Mapping[str, NDArray[Any]], hand: int) -> Self:
        """Return where a hand of an observation is commanded to be."""
        position = np.asarray(observation["target_position"], np.float64)[hand]
        return cls(position, tool_rotations(observation)[hand].astype(np.float64))

    def lifted(self, height: float) -> Self:
        """Return the same pose, higher [m]."""
        return self.moved(np.array([0.0, 0.0, height]))

    def moved(self, way: Array) -> Self:
        """Return the same pose elsewhere, by a way (3,) [m]."""
        return replace(self, position=self.position + way)

    def at_height(self, height: float) -> Self:
        """Return the same pose at a height [m], or where it is if that is higher."""
        return self.lifted(max(0.0, height - float(self.position[2])))


@dataclass(frozen=True)
class Leg:
    """A straight way to a pose.

    Attributes:
        goal: where it leads.
        gripper: action of the gripper on the way.
        speed: share of full speed.
        least: time that it takes at least [s].
        most: time after which it is given up [s].
    """

    goal: Pose
    gripper: float
    speed: float = 0.6
    least: float = 0.0
    most: float = 8.0


class Route:
    """Leads a hand along its legs."""

    def __init__(self, legs: Iterable[Leg]) -> None:
        """Begin the first leg."""
        self._legs = deque(legs)
        self._ticks = 0
        self._gripper = self._legs[-1].gripper

    @property
    def over(self) -> bool:
        """Whether the last leg has ended."""
        return not self._legs

    @property
    def carries(self) -> bool:
        """Whether there should be something between the pads now, and is to be for a while."""
        return len(self._legs) > 1 and self._legs[0].gripper == self._legs[1].gripper == SHUT

    def __call__(self, hand: Pose, count: int) -> NDArray[np.float32]:
        """Return the next actions (count, 7) of a hand."""
        if self._legs and self._has_ended(self._legs[0], hand):
            self._legs.popleft()
            self._ticks = 0
        self._ticks += count
        if not self._legs:
            return resting(count, self._gripper)
        leg = self._legs[0]
        return towards(hand, leg.goal, count, leg.gripper, leg.speed)

    def _has_ended(self, leg: Leg, hand: Pose) -> bool:
        seconds = self._ticks * CONTROL_PERIOD
        return seconds > leg.most or (self._ticks > 0 and seconds >= leg.least and _is_at(hand, leg.goal))


def _is_at(hand: Pose, goal: Pose) -> bool:
    turn = rotation_vector(hand.rotation.T @ goal.rotation)
    return bool(np.linalg.norm(hand.position - goal.position) < _ARRIVED and np.linalg.norm(turn) < _TURNED)


def letting_go(hand: Pose) -> list[Leg]:
    """Return legs of a hand that lets go where it is, and rises."""
    return [Leg(hand, OPEN, least=OPENS, most=OPENS), Leg(hand.lifted(_RISES), OPEN, SLOW, most=1.5)]


def resting(count: int, gripper: float) -> NDArray[np.float32]:
    """Return actions (count, 7) of a hand that stays where it is."""
    actions = np.zeros((count, ACTION_PER_ARM), np.float32)
    actions[:, -1] = gripper
    return actions


def towards(hand: Pose, goal: Pose, count: int, gripper: float, speed: float) -> NDArray[np.float32]:
    """Return actions (count, 7) that lead a hand on a straight line to another pose, at a share of full speed."""
    actions = resting(count, gripper)
    position, rotation = hand.position, hand.rotation
    for action in actions:
        shift = shortened(rotation.T @ (goal.position - position) / TRANSLATION_SCALE, speed)
        turn = shortened(rotation_vector(rotation.T @ goal.rotation) / ROTATION_SCALE, _TURN)
        action[:6] = np.concatenate([shift, turn])
        position = position + rotation @ shift * TRANSLATION_SCALE
        rotation = rotation @ rotation_matrix(turn * ROTATION_SCALE)
    return actions
