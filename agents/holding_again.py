"""Takes hold again of a lace that hangs in its eyelet, or slips back through the hand that pushes it in.

Who hands a lace over through an eyelet may lose it: the other hand takes it by its last millimetres, or the aglet slips back. Friction then keeps it where it is, with too little of it outside
for anyone, and no demonstrator has shown what to do. Of 639 laces that cloned policies brought through an eyelet 40 were not laced; 13 of these 40 had slipped back to less than 11 mm before the hand
when the other one closed, or 6 s later, and 33 of the others (`lacelab.benchmarks.handovers`). So the hand that pushes goes to where one is held, as seen from the aglet, and closes; what follows is the policy's. Only hands, laces and eyelets
are looked at, so that it is the same on a robot.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.rotations import rotation_matrix

from .hands import around_something, hands_and_laces, held_laces, in_hand, tool_rotations
from .request import asked_for
from .taking import Place

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]

_LOST = 3  # looks in a row
_HANGS = TABLE_HEIGHT + 0.03  # m, of a tip that is in an eyelet
_NEAR, _OUTSIDE = 0.03, 0.02  # m from the eyelet; m beyond it, more than is pushed through

PUSHED_TIP = np.array([0.0165, 0.0, -0.0128])
"""Where the tip is when it comes through an eyelet, in the frame of the hand that pushes it [m]: the median of 599 laces."""

SHORT = 0.011
"""Distance [m] from the hand to the tip, as the hand points, of what has slipped back."""


class Hold(NamedTuple):
    """How a hand has held an aglet."""

    hand: int
    rotation: Array  # (3, 3)
    axis: Array  # (3,), of the aglet


class HoldingAgain:
    """Remembers how what is in an eyelet was held, and notices that nobody holds it any more."""

    def __init__(self) -> None:
        """Begin with nothing held."""
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self._hold: Hold | None = None
        self._lost, self._missed, self._misses = 0, 0, 0

    def __call__(self, observation: Observation, threaded: bool, misses: int) -> bool:
        """Return whether what is in an eyelet is to be held again.

        Args:
            observation: what is seen.
            threaded: whether the lace that is asked for is in an eyelet.
            misses: how often a hand has closed on nothing until now.
        """
        self._misses = misses
        lace = asked_for(observation)
        if lace is None or not threaded:
            self._hold, self._lost, self._missed = None, 0, misses
            return False
        seen = hands_and_laces(observation)
        holds = np.flatnonzero((held_laces(seen)[0, :, lace] & around_something(seen)[0]).numpy())
        if self._hold is None and len(holds) == 1:
            self._hold = _held_by(observation, lace, int(holds[0]))
        self._lost = self._lost + 1 if not len(holds) and hangs(observation, lace) else 0
        if self._hold is None:
            return False
        alone = holds.tolist() == [self._hold.hand]
        slipped = (
            alone
            and misses > self._missed
            and in_hand(observation, self._hold.hand, observation["aglet_position"][lace])[0] < SHORT
        )
        return slipped or self._lost >= _LOST

    def begin(self) -> int:
        """Return the hand that is to hold it."""
        assert self._hold is not None
        self._lost, self._missed = 0, self._misses
        return self._hold.hand

    def place(self, observation: Observation) -> Place:
        """Return where that hand holds it."""
        hold, lace = self._hold, asked_for(observation)
        assert hold is not None and lace is not None
        tip, axis = (np.asarray(observation[name], np.float64)[lace] for name in ("aglet_position", "aglet_axis"))
        rotation = turning(hold.axis, axis) @ hold.rotation
        return tip - rotation @ PUSHED_TIP, rotation

    def hangs(self, observation: Observation) -> bool:
        """Return whether the lace that is asked for is in an eyelet, as far as its tip shows it."""
        lace = asked_for(observation)
        return lace is not None and hangs(observation, lace)


def hangs(observation: Observation, lace: int) -> bool:
    """Return whether the tip of a lace is in an eyelet, or just outside, and would come out of the hand that pulls it there."""
    tip = np.asarray(observation["aglet_position"], np.float64)[lace]
    axis = np.asarray(observation["aglet_axis"], np.float64)[lace]
    ways = tip - np.asarray(observation["eyelet_position"], np.float64).reshape(-1, 3)
    way = ways[np.linalg.norm(ways, axis=1).argmin()]
    return bool(tip[2] > _HANGS and np.linalg.norm(way) < _NEAR and way @ axis < _OUTSIDE)


def turning(before: Array, after: Array) -> Array:
    """Return the smallest rotation (3, 3) of one direction (3,) to another one."""
    normal = np.cross(before, after)
    length = np.linalg.norm(normal)
    return rotation_matrix(normal / length * np.arctan2(length, before @ after)) if length > 1e-9 else np.eye(3)


def _held_by(observation: Observation, lace: int, hand: int) -> Hold:
    rotation = tool_rotations(observation)[hand].astype(np.float64)
    return Hold(hand, rotation, np.asarray(observation["aglet_axis"], np.float64)[lace])
