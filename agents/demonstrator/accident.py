"""A hand that loses hold, whatever it is told to do: what is done next shows the way back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.spec import ACTION_PER_ARM, CONTROL_PERIOD, Side

from .motion import OPEN

_WHEN = (1.0, 16.0)  # s after it is expected, or as soon as a hand holds something after that
_OPEN_FOR = 0.4  # s; a lace that is not held for less is often caught again


class Accident:
    """Happens once, or never; who follows several instructions expects one with each."""

    def __init__(self, probability: float, generator: np.random.Generator) -> None:
        """Draw whether and when; nothing is drawn where it cannot happen."""
        happens = probability > 0.0 and generator.random() < probability
        self._ahead = _ticks(generator.uniform(*_WHEN)) if happens else None
        self._generator = generator
        self._left = 0
        self._hand: Side | None = None

    @property
    def happening(self) -> bool:
        """Whether a hand is losing hold in this tick."""
        return self._hand is not None

    def spoil(self, action: NDArray[np.float32], holding: Sequence[Side]) -> NDArray[np.float32]:
        """Return what becomes of an action (14,) in the next tick, given the hands that hold what counts."""
        if self._ahead is not None:
            self._ahead = max(0, self._ahead - 1)
            if self._ahead == 0 and holding:
                self._ahead, self._left = None, _ticks(_OPEN_FOR)
                self._hand = holding[int(self._generator.integers(len(holding)))]
        if not self._left or self._hand is None:
            self._hand = None
            return action
        self._left -= 1
        spoilt = action.copy()
        spoilt[self._hand.index * ACTION_PER_ARM + ACTION_PER_ARM - 1] = OPEN
        return spoilt


def _ticks(seconds: float) -> int:
    return round(seconds / CONTROL_PERIOD)
