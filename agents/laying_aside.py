"""Hands that lay everything aside: they let go, rise, and go back to where an episode began, which every demonstration begins with.

A hand that holds a lace in an eyelet keeps hold and stays where it is: let go, the lace would be out of reach inside.
"""

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.spec import ACTION_PER_ARM, CONTROL_PERIOD

from .motions import Pose, keeping, resting, rising, towards

_LETTING_GO, _RISING, _HOME = 0.4, 1.2, 8.0  # s, the last one at most
_ARRIVED = 0.01  # m


class LayingAside:
    """A motion of both hands that is begun and then asked for, look by look, until it is over."""

    def __init__(self, executed: int) -> None:
        """Give `executed` actions at a time."""
        self._executed = executed
        self.reset()

    @property
    def busy(self) -> bool:
        """Whether it has been begun and is not over."""
        return self._ticks is not None

    def reset(self) -> None:
        """Begin an episode."""
        self._ticks: int | None = None
        self._keep = np.zeros(2, np.bool_)

    def begin(self, keep: NDArray[np.bool_]) -> None:
        """Begin; hands (2,) that hold what is in an eyelet keep hold."""
        self._ticks, self._keep = 0, keep

    def __call__(self, hands: Pose, home: Pose) -> NDArray[np.float32]:
        """Return the next actions (executed, 14) of hands, and be over if they have arrived."""
        aside = self._aside(hands, home)
        return np.where(np.repeat(self._keep, ACTION_PER_ARM), keeping(len(aside)), aside)

    def _aside(self, hands: Pose, home: Pose) -> NDArray[np.float32]:
        assert self._ticks is not None
        seconds = self._ticks * CONTROL_PERIOD
        self._ticks += self._executed
        if seconds < _LETTING_GO:
            return resting(self._executed)
        if seconds < _LETTING_GO + _RISING:
            return rising(hands, self._executed)
        arrived = np.all((np.linalg.norm(hands[0] - home[0], axis=1) < _ARRIVED) | self._keep)
        if arrived or seconds > _LETTING_GO + _RISING + _HOME:
            self._ticks = None
        return towards(hands, home, self._executed)
