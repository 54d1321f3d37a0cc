"""Time as a robot sees it: the wall clock of a real one, the simulated clock of a twin in lock-step."""

import time
from typing import Protocol


class Clock(Protocol):
    """A clock on which states are stamped and ticks are due."""

    def now(self) -> float:
        """Return the time [s]; monotonic, its zero means nothing."""
        ...

    def sleep_until(self, instant: float) -> None:
        """Return at an instant [s], at once if it has passed."""
        ...


class WallClock:
    """The monotonic clock of this computer."""

    def now(self) -> float:
        """Return the time [s]."""
        return time.monotonic()

    def sleep_until(self, instant: float) -> None:
        """Sleep until an instant [s]; the last stretch is not left to a coarse scheduler."""
        while (left := instant - time.monotonic()) > 0:
            time.sleep(left if left < _FINE else left - _FINE / 2)


_FINE = 0.002  # s


class ManualClock:
    """A clock that only moves when told to: for tests, mocks and lock-step."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        """Return the time [s]."""
        return self._now

    def sleep_until(self, instant: float) -> None:
        """Move on to an instant [s]."""
        self._now = max(self._now, instant)
