"""A robot without physics: its joints are where the last set-point put them. For tests and dry runs."""

from dataclasses import replace

import numpy as np

from lacelab.envs.kinematics import home
from lacelab.envs.spec import SIDES

from .clock import Clock, ManualClock
from .exceptions import InvalidCommandError, NotConnectedError
from .robot import JOINTS_PER_ARM, Array, Command, JointState


def home_position() -> Array:
    """Return the joint positions (2, 8) at home with half-open hands [rad]."""
    fingers = np.array([0.3 * side.sign for side in SIDES])
    return np.column_stack([np.stack([home(side) for side in SIDES]), fingers])


class MockRobot:
    """Plays commands perfectly, on any clock; remembers what reached the wire."""

    def __init__(self, clock: Clock | None = None, position: Array | None = None) -> None:
        self._clock: Clock = clock or ManualClock()
        self._rest = home_position() if position is None else position
        self._playing: Command | None = None
        self._started = 0.0
        self._open = False
        self.wire: list[Command] = []

    @property
    def name(self) -> str:
        """What it is."""
        return "mock"

    @property
    def clock(self) -> Clock:
        """The clock of states and commands."""
        return self._clock

    def connect(self) -> None:
        """Begin."""
        self._open = True

    def state(self) -> JointState:
        """Return where the set-points are now."""
        self._check_open()
        now = self._clock.now()
        position = self._position(now)
        velocity = (position - self._position(now - 1e-3)) / 1e-3
        sequence = round(now * 1e3)
        return JointState(now, now, sequence, position, velocity, np.zeros((2, JOINTS_PER_ARM)))

    def command(self, command: Command) -> Command:
        """Play a command from now on."""
        self._check_open()
        if self._playing is not None and command.sequence <= self._playing.sequence:
            raise InvalidCommandError(
                f"Command {command.sequence} is not newer than the last one, {self._playing.sequence}."
            )
        if not (np.isfinite(command.setpoints).all() and np.isfinite(command.tail).all()):
            raise InvalidCommandError(f"Command {command.sequence} is not finite.")
        now = self._clock.now()
        self._rest = self._position(now)
        self._playing, self._started = command, now
        self.wire.append(command)
        return replace(command)

    def stop(self) -> None:
        """Hold."""
        if self._playing is not None:
            self._rest = self._position(self._clock.now())
            still = np.repeat(self._rest[None], 1, axis=0)
            self._playing = replace(self._playing, setpoints=still, tail=still[:0])

    def close(self) -> None:
        """End."""
        self.stop()
        if self._playing is not None:
            self._rest = self._playing.setpoints[-1]
        self._playing = None
        self._open = False

    def _position(self, now: float) -> Array:
        """Return the set-points (2, 8) at an instant, straight lines between them [rad]."""
        if self._playing is None or now <= self._started:
            return self._rest
        rows = np.concatenate([self._rest[None], self._playing.setpoints, self._playing.tail])
        place = min((now - self._started) / self._playing.period, len(rows) - 1.0)
        before = int(place)
        after = min(before + 1, len(rows) - 1)
        share = place - before
        return (1 - share) * rows[before] + share * rows[after]

    def _check_open(self) -> None:
        if not self._open:
            raise NotConnectedError("The mock robot is not connected: call connect() first.")
