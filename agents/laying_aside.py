"""How hands lay aside what they hold: where something was picked up before, and not wherever they are.

What is let go in the air falls where no demonstrator has seen a lace, and often into the shoe.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT

from .gathering import gathered
from .hands import around_something, hands_and_laces, holding
from .route import CLEAR, OPENS, SLOW, Leg, Pose, letting_go
from .sure_release import SHUT

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]

_LOW, _LIFTED = TABLE_HEIGHT + 0.012, TABLE_HEIGHT + 0.03  # m, of a hand that picks, and that has picked
_WITHDRAWS = 0.03  # m
_MIRROR = np.diag([1.0, -1.0, 1.0])


class Places:
    """Remembers where each hand has last picked up a lace."""

    def __init__(self) -> None:
        """Know none."""
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self._picked: list[Pose | None] = [None, None]
        self._low: list[Pose | None] = [None, None]

    def __call__(self, observation: Observation) -> None:
        """Look at what hands do."""
        for hand, holds in enumerate(holding(observation)):
            pose = Pose.of(observation, hand)
            if not holds:
                self._low[hand] = None
            elif pose.position[2] < _LOW:
                self._low[hand] = pose
            elif pose.position[2] > _LIFTED and self._low[hand] is not None:
                self._picked[hand], self._low[hand] = self._low[hand], None

    def of(self, hand: int) -> Pose | None:
        """Return where a hand can lay something: its own place, or the mirror image of the other one's."""
        own, other = self._picked[hand], self._picked[1 - hand]
        if own is None and other is not None:
            return Pose(_MIRROR @ other.position, _MIRROR @ other.rotation @ _MIRROR)
        return own


def holds_something(observation: Observation) -> NDArray[np.bool_]:
    """Return which hands are closed around something as thin as a lace, (2,)."""
    return around_something(hands_and_laces(observation))[0].numpy()


def aside(observation: Observation, hand: int, place: Pose | None, threaded: bool, lace: int | None) -> list[Leg]:
    """Return legs of a hand that lays aside what it holds, or a lace that is not to be had otherwise.

    Args:
        observation: what is seen.
        hand: its number.
        place: where it can lay something, if that is known.
        threaded: whether it draws what it holds out of an eyelet first.
        lace: which is not to be had otherwise, if one is.
    """
    pose = Pose.of(observation, hand)
    if place is None:
        return letting_go(pose)
    if holds_something(observation)[hand]:
        legs = [Leg(_withdrawn(observation, hand), SHUT, SLOW, most=1.5)] if threaded else []
        return legs + laid_back(legs[-1].goal if legs else pose, place)
    legs = gathered(observation, lace, hand) if lace is not None else []
    return legs + laid_back(legs[-1].goal, place) if legs else letting_go(pose)


def laid_back(hand: Pose, place: Pose) -> list[Leg]:
    """Return legs of a hand that lays what it holds at a place where something was picked up."""
    high = hand.at_height(CLEAR)
    over = Pose(np.array([*place.position[:2], high.position[2]]), place.rotation)
    return [
        Leg(hand, SHUT, least=OPENS),  # the other hand may hold it, too
        Leg(high, SHUT, SLOW, most=3.0),
        Leg(over, SHUT, most=4.0),
        Leg(place, SHUT, SLOW, most=3.0),
        *letting_go(place),
    ]


def _withdrawn(observation: Observation, hand: int) -> Pose:
    """Return where a hand is when it has drawn the aglet that is nearest to it back along its axis."""
    pose = Pose.of(observation, hand)
    nearest = np.linalg.norm(np.asarray(observation["aglet_position"]) - pose.position, axis=1).argmin()
    return pose.moved(-_WITHDRAWS * np.asarray(observation["aglet_axis"], np.float64)[nearest])
