"""How hands lay aside what they hold: where something was picked up before, and not wherever they are.

What is let go in the air falls where no demonstrator has seen a lace, and often into the shoe.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT

from .gathering import gathered
from .hands import around_something, ends_of_laces, hands_and_laces, held_laces, holding
from .route import CLEAR, OPENS, SLOW, Leg, Pose, letting_go
from .sure_release import SHUT

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]

_LOW, _LIFTED = TABLE_HEIGHT + 0.0095, TABLE_HEIGHT + 0.03  # m, of a hand that picks from the mat, and that has picked
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


def laying(observation: Observation) -> NDArray[np.bool_]:
    """Return which hands have something to lay aside, (2,): of two that hold the same lace, the one farther from its tip, while the other one lets go."""
    seen = hands_and_laces(observation)
    holds = around_something(seen)[0].numpy()
    shared = held_laces(seen)[0].all(dim=0) & bool(holds.all())
    if shared.any():
        tip = ends_of_laces(seen)[0, int(shared.nonzero()[0]), 0]
        holds[int((seen["target_position"][0] - tip).norm(dim=1).argmin())] = False
    return holds


def aside(
    observation: Observation, hand: int, pose: Pose, place: Pose | None, lace: int | None, attempt: int
) -> list[Leg]:
    """Return legs of a hand that lays aside what it holds, or a lace that is not to be had otherwise.

    Args:
        observation: what is seen.
        hand: its number.
        pose: from where it goes on.
        place: where it can lay something, if that is known.
        lace: which is not to be had otherwise, if one is.
        attempt: how often that has been tried before.
    """
    if place is None:
        return letting_go(pose)
    if laying(observation)[hand]:
        return laid_back(pose, place)
    legs = gathered(observation, lace, hand, attempt) if lace is not None else []
    return legs + laid_back(legs[-1].goal, place) if legs else letting_go(pose)


def drawn_out(observation: Observation, hand: int) -> list[Leg]:
    """Return legs of a hand that draws an aglet out of an eyelet, if it is the one that pushes it in: it points the same way."""
    pose = Pose.of(observation, hand)
    nearest = np.linalg.norm(np.asarray(observation["aglet_position"]) - pose.position, axis=1).argmin()
    axis = np.asarray(observation["aglet_axis"], np.float64)[nearest]
    if not laying(observation)[hand] or pose.rotation[:, 0] @ axis <= 0.0:
        return []
    return [Leg(pose.moved(-_WITHDRAWS * axis), SHUT, SLOW, most=1.5)]


def laid_back(hand: Pose, place: Pose) -> list[Leg]:
    """Return legs of a hand that lays what it holds at a place where something was picked up."""
    high = hand.at_height(CLEAR)
    over = Pose(np.array([*place.position[:2], high.position[2]]), place.rotation)
    return [
        Leg(hand, SHUT, least=OPENS, most=OPENS),  # the other hand may hold it, too
        Leg(high, SHUT, SLOW, most=3.0),
        Leg(over, SHUT, most=4.0),
        Leg(place, SHUT, SLOW, most=3.0),
        *letting_go(place),
    ]
