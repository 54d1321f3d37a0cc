"""Closes a hand that hovers around the aglet it is to take.

Who takes an aglet that has come through its eyelet closes within a moment, or never: a policy means to do so in the second half of its chunk, of which only the first half is carried out, and
means the same at the next look. Of 599 handovers of cloned policies that went well, 99 % took less than 2.4 s within 12 mm of the place where hands close; eight of
40 laces that were not laced were hovered around for longer, 2 to 4 mm short of it (`lacelab.benchmarks.handovers`). So such a hand is led to that place, as seen from the aglet, and closes; what follows is the policy's. Only hands and aglets are looked at: visual
servoing of the last millimetres of a reach (Hill and Park, 1979, 9th International Symposium on Industrial Robots, 233-246).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.spec import ACTION_PER_ARM, TRANSLATION_SCALE

from .hands import PINCHED, around_something, hands_and_laces, held_laces, in_hand, tool_rotations
from .motions import keeping
from .sure_release import OPEN, gripper

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]

TAKEN_TIP = np.array([-0.0038, 0.0, -0.0004])
"""Where the tip is when hands close, in the frame of the hand [m]: the median of 599 handovers; 95 % are within 2.5 mm along each axis."""

NEAR = 0.012
"""Distance [m] from there of a tip that a hand could take."""

_AGAINST = -0.9  # cosine between hand and aglet
_IN_THE_AIR = TABLE_HEIGHT + 0.03  # m
_HOVERS = 6  # looks in a row: 2.4 s
_CLOSING = 3  # chunks: nothing closes before the next chunk agrees, see `grip`


class Hovering(NamedTuple):
    """An open hand with an aglet nearly between its pads that the other hand holds."""

    hand: int
    way: Array  # (3,) [m], to where it closes


class SureTake:
    """Stands between what a policy wants and what hands do."""

    def __init__(self) -> None:
        """Begin with nobody hovering."""
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self.takes = 0
        self.again()

    def again(self) -> None:
        """Begin anew, in the same episode."""
        self._looks, self._closing = 0, 0

    def __call__(self, ahead: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return actions (n, 14) instead of those that are wanted; `takes` counts hands that are led and closed.

        Args:
            ahead: observation, with hands where everything that is under way leads.
            wanted: actions (n, 14) from there on.
        """
        if self._closing:
            self._closing -= 1
            return keeping(len(wanted))
        found = hovering(ahead)
        self._looks = self._looks + 1 if found is not None else 0
        if found is None or self._looks <= _HOVERS:
            return wanted
        self._looks, self._closing, self.takes = 0, _CLOSING, self.takes + 1
        return led(found, tool_rotations(ahead)[found.hand].astype(np.float64), len(wanted))


def hovering(seen: Observation) -> Hovering | None:
    """Return the open hand that is where it could take an aglet from the other one, in the air, if there is one."""
    tensors = hands_and_laces(seen)
    held = (held_laces(tensors)[0] & around_something(tensors)[0][:, None]).numpy()
    hands, rotations = np.asarray(seen["target_position"], np.float64), tool_rotations(seen).astype(np.float64)
    for giver, lace in zip(*np.nonzero(held), strict=True):
        hand = 1 - int(giver)
        if seen["gripper_opening"][hand] < PINCHED or hands[hand, 2] < _IN_THE_AIR:
            continue
        axis = np.asarray(seen["aglet_axis"], np.float64)[lace]
        missing = in_hand(seen, hand, seen["aglet_position"][lace]) - TAKEN_TIP
        if np.linalg.norm(missing) < NEAR and rotations[hand][:, 0] @ axis < _AGAINST:
            return Hovering(hand, rotations[hand] @ missing)
    return None


def led(found: Hovering, rotation: Array, count: int) -> NDArray[np.float32]:
    """Return actions (count, 14) of an open hand, turned by `rotation` (3, 3), that goes to where it closes, while the other one keeps hold."""
    actions = keeping(count)
    own = slice(found.hand * ACTION_PER_ARM, found.hand * ACTION_PER_ARM + 3)
    actions[:, own] = found.way / count @ rotation / TRANSLATION_SCALE
    actions[:, gripper(found.hand)] = OPEN
    return actions
