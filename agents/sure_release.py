"""Lets no hand let go of a lace in the air while the other one reaches for it and is not seen to hold it.

Who hands a lace over opens one hand a moment after the other one has closed. A policy decides that for 0.4 s ahead, from what it saw
a little earlier, and where the second hand closes on nothing the first one opens all the same. So one looks before anything is let go: whoever
gives waits, and a hand that has closed on nothing opens and draws back, to try again. Only hands and the ends of laces are looked
at, so that it is the same on a robot. The kind of check is an old one: a state machine that goes on when a grasp has been felt
(Romano et al., 2011, IEEE Trans. Robotics 27(6), 1067-1079).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.spec import ACTION_PER_ARM

from .hands import CLOSED, around_something, ends_of_laces, hands_and_laces, held_laces

Observation = Mapping[str, NDArray[Any]]

OPEN, SHUT = 0.6, -1.0
"""Gripper actions, the first one as at the beginning of an episode."""

THIN = 0.00265
"""Distance [m] between pads that have closed beside the middle of an aglet: it slips out of them when it is pulled. Around one they measure 2.8 mm."""

_REACHED = 0.03  # m from the end of a lace
_IN_THE_AIR = TABLE_HEIGHT + 0.025  # m
_OPENING, _DRAWING = 1, 1  # chunks of a hand that has missed
_BACK = 0.5  # of full speed, along the tool's own back: 5 cm in a chunk of 8 ticks


class SureRelease:
    """Stands between what a policy wants and what hands do."""

    def __init__(self, thin: float = CLOSED) -> None:
        """Begin with nothing missed; who has taken a lace has pads that are at least `thin` apart [m]."""
        self._thin = thin
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self.misses = 0
        self.again()

    def again(self) -> None:
        """Begin anew, in the same episode."""
        self._missed, self._chunks = 0, 0  # hand that draws back, and chunks that it still needs for that

    def __call__(self, observation: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return actions (n, 14) instead of those that are wanted for what is seen now; `misses` counts hands that closed on nothing."""
        if self._chunks:
            self._chunks -= 1
            return drawing_back(self._missed, len(wanted), 0.0 if self._chunks >= _DRAWING else _BACK)
        giver = unsure_giver(observation, self._thin)
        if giver is None or not (lets_go := np.flatnonzero(wanted[:, gripper(giver)] > 0.0)).size:
            return wanted
        if observation["gripper_opening"][1 - giver] < self._thin:
            self._missed, self._chunks, self.misses = 1 - giver, _OPENING + _DRAWING, self.misses + 1
            return self(observation, wanted)
        return waiting(wanted, giver, int(lets_go[0]))


def gripper(hand: int) -> int:
    """Return the index of a hand's gripper in an action."""
    return (1 + hand) * ACTION_PER_ARM - 1


def unsure_giver(observation: Observation, thin: float = CLOSED) -> int | None:
    """Return the hand that holds a lace in the air which the other one reaches for and is not seen to hold, with pads that far apart [m], if there is one."""
    seen = hands_and_laces(observation)
    gaps = (ends_of_laces(seen)[:, None] - seen["target_position"][:, :, None, None]).norm(dim=-1).amin(dim=-1)[0]
    around = around_something(seen)[0]
    gives = held_laces(seen)[0] & (around & (seen["target_position"][0, :, 2] > _IN_THE_AIR))[:, None]
    takes = around & (seen["gripper_opening"][0] > thin)
    reaches = (gaps < _REACHED) & ~takes[:, None]
    unsure = (gives & reaches.flip(0)).any(dim=1)
    return int(unsure.nonzero()[0]) if unsure.any() else None


def waiting(wanted: NDArray[np.float32], giver: int, since: int) -> NDArray[np.float32]:
    """Return actions (n, 14) that are still from a tick on, with the giver closed and the other hand as it is wanted."""
    actions = wanted.copy()
    motions = actions.reshape(len(wanted), 2, ACTION_PER_ARM)
    motions[since:, :, :-1] = 0.0
    motions[since:, giver, -1] = SHUT
    return actions


def drawing_back(missed: int, count: int, speed: float) -> NDArray[np.float32]:
    """Return actions (count, 14) of an open hand along its own back, at a share of full speed, while the other one keeps hold."""
    actions = np.zeros((count, 2, ACTION_PER_ARM), np.float32)
    actions[:, :, -1] = SHUT
    actions[:, missed, [2, -1]] = speed, OPEN
    return actions.reshape(count, -1)
