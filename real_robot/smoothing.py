"""Bounded acceleration and jerk by construction: two moving averages over a rate-limited signal.

An average of values within limits is within them, too, so position and velocity limits survive. Averaging over w1 rows
bounds the acceleration to 2 v / (w1 dt), averaging that over w2 rows the jerk to 4 v / (w1 w2 dt^2), whatever comes in
(Biagiotti and Melchiorri, "FIR filters for online trajectory planning with time- and frequency-domain specifications",
Control Engineering Practice 20, 2012). An input that stands still is reached after w1 + w2 - 2 rows: a controlled
ramp-down is nothing but the same filter with nothing new to follow.
"""

import numpy as np

from .robot import Array


class Smoother:
    """Smooths one tick of rows at a time; remembers the last inputs."""

    def __init__(self, rows: int, period: float, windows: tuple[int, int]) -> None:
        """Precompute the matrices.

        Args:
            rows: per tick.
            period: between rows [s].
            windows: lengths of the two averages [rows].
        """
        kernel = np.convolve(np.full(windows[0], 1 / windows[0]), np.full(windows[1], 1 / windows[1]))
        self.tail = len(kernel) - 1
        self._memory = len(kernel)
        total, width = rows + self.tail, self._memory + rows
        average = np.zeros((total + 1, width))
        for row in range(total + 1):
            for back, weight in enumerate(kernel):
                average[row, min(self._memory - 1 + row - back, width - 1)] += weight
        self._rows = total
        self._filters = np.concatenate([average[1:], np.diff(average, axis=0) / period])  # of position and velocity
        self._inputs = np.zeros((width, 0))

    def start(self, position: Array) -> None:
        """Stand still at a position (joints,)."""
        self._inputs = np.repeat(position[None], self._filters.shape[1], axis=0)

    @property
    def last(self) -> Array:
        """The last input, where the motion comes to rest (joints,)."""
        last: Array = self._inputs[-1]
        return last

    def skip(self, rows: int) -> None:
        """Take into account that the input stood still for some rows, or that the last ones were never played."""
        size = len(self._inputs)
        if rows > 0:
            rows = min(rows, size)
            self._inputs = np.concatenate([self._inputs[rows:], np.repeat(self._inputs[-1:], rows, axis=0)])
        elif rows < 0:
            rows = max(rows, self._memory - size)
            self._inputs = np.concatenate([np.repeat(self._inputs[:1], -rows, axis=0), self._inputs[:rows]])

    def push(self, inputs: Array) -> tuple[Array, Array]:
        """Take the inputs of one tick (rows, joints); return smooth position and velocity (rows + tail, joints)."""
        memory = self._memory
        self._inputs = np.concatenate([self._inputs[-memory:], inputs])
        smooth = self._filters @ self._inputs
        return smooth[: self._rows], smooth[self._rows :]
