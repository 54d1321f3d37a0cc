"""What set-point is due when: plays commands, ramps down when asked to stop. Pure; one for all wires that stream."""

import numpy as np

from .exceptions import InvalidCommandError
from .robot import Array, Command

_BRAKE = 0.2  # s from full speed to a standstill
_BRAKE_ROWS = 20


class Playback:
    """The set-points (2, 8) [rad] of the newest command as a function of time, straight lines between them."""

    def __init__(self, position: Array) -> None:
        """Hold a position (2, 8) [rad] until the first command comes."""
        self._rows = position[None].copy()
        self._period, self._start = 1.0, 0.0
        self._sequence: int | None = None

    def play(self, command: Command, now: float) -> None:
        """Play a command from now on, beginning where the last one has got to.

        Raises:
            InvalidCommandError: it is not finite or not newer than the last one.
        """
        if self._sequence is not None and command.sequence <= self._sequence:
            raise InvalidCommandError(f"Command {command.sequence} is not newer than the last one, {self._sequence}.")
        if not (np.isfinite(command.setpoints).all() and np.isfinite(command.tail).all()):
            raise InvalidCommandError(f"Command {command.sequence} is not finite.")
        self._rows = np.concatenate([self.at(now)[None], command.setpoints, command.tail])
        self._period, self._start, self._sequence = command.period, now, command.sequence

    def brake(self, now: float) -> None:
        """Come to a standstill with constant deceleration, and hold."""
        position, velocity = self.at(now), self.velocity(now)
        share = np.linspace(0.0, 1.0, _BRAKE_ROWS + 1)[:, None, None]
        self._rows = position + velocity * _BRAKE * (share - share**2 / 2)
        self._period, self._start = _BRAKE / _BRAKE_ROWS, now

    def at(self, now: float) -> Array:
        """Return the set-points (2, 8) at an instant [rad]."""
        place = float(np.clip((now - self._start) / self._period, 0.0, len(self._rows) - 1.0))
        before = min(int(place), max(len(self._rows) - 2, 0))
        after = min(before + 1, len(self._rows) - 1)
        value: Array = self._rows[before] + (place - before) * (self._rows[after] - self._rows[before])
        return value

    def rest(self, now: float) -> tuple[Array, float]:
        """Return the set-points that are still to come after an instant, (n, 2, 8) [rad], and their period [s]."""
        done = int(np.clip((now - self._start) // self._period, 0, len(self._rows) - 2)) if len(self._rows) > 1 else -1
        return self._rows[done + 1 :], self._period

    def velocity(self, now: float) -> Array:
        """Return how fast the set-points move at an instant [rad/s], (2, 8)."""
        step = min(self._period, 1e-3)
        rate: Array = (self.at(now + step) - self.at(now)) / step
        return rate

    def over(self, now: float) -> bool:
        """Return whether the last set-point has been reached."""
        return now >= self._start + (len(self._rows) - 1) * self._period
