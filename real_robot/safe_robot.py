"""The only way to a robot's wire: a robot around a driver that filters every command and latches faults.

There is no switch: whoever holds this object can ask for less than the limits allow, never for more. A fault latches;
from then on every command is replaced by the way to a standstill, until somebody calls `reset_faults`.
"""

from collections.abc import Mapping

import numpy as np

from lacelab.envs.spec import CONTROL_PERIOD

from .clock import Clock
from .exceptions import ConnectionLostError, FaultLatchedError, InvalidCommandError, TornMessageError
from .faults import Fault, Journal
from .limits import Limits
from .robot import Array, Command, Frame, JointState, Robot
from .safety import Filtered, SafetyFilter
from .watchdogs import Watchdogs

_TOLERANCE = 1e-9  # s
_REST = 0.3  # rad/s, slower than this an arm counts as at rest


class SafeRobot:
    """Filters and watches; is itself a `Robot`. Its commands hold one set-point: where to be one tick later."""

    def __init__(self, driver: Robot, limits: Limits | None = None) -> None:
        """Wrap a driver, which nobody else may use from now on."""
        self._driver = driver
        self._filter = SafetyFilter(limits)
        self._watchdogs = Watchdogs(self._filter.limits)
        self._sequence = 0
        self._sent_at: float | None = None
        self.journal = Journal()

    @property
    def name(self) -> str:
        """What it is."""
        return self._driver.name

    @property
    def clock(self) -> Clock:
        """The clock of states and commands."""
        return self._driver.clock

    @property
    def limits(self) -> Limits:
        """What the arms may do."""
        return self._filter.limits

    @property
    def rest(self) -> Array:
        """Where the arms come to rest if nothing more is commanded (2, 8) [rad]."""
        return self._filter.rest

    def connect(self) -> None:
        """Connect and begin where the arms are."""
        self._driver.connect()
        self._begin()

    def state(self) -> JointState:
        """Return the newest state; a missing or bad one latches a fault."""
        try:
            state = self._driver.state()
        except (ConnectionLostError, TornMessageError) as error:
            self._latch_error(error)
            raise
        self._latch(self._watchdogs.check_state(state, self.clock.now()))
        return state

    def command(self, command: Command) -> Command:
        """Go to the last set-point of a command within one tick, as far as it is safe; return what was sent.

        Raises:
            InvalidCommandError: the command does not last one tick.
            ConnectionLostError: nothing could be sent; the fault is latched.
            FaultLatchedError: the robot itself takes no commands; the fault is latched.
        """
        if abs(command.duration - CONTROL_PERIOD) > _TOLERANCE:
            raise InvalidCommandError(f"A command lasts {command.duration} s here. Valid: {CONTROL_PERIOD} s.")
        state = self.state()
        now = self.clock.now()
        self._keep_step(now)
        target = command.setpoints[-1]
        if not np.isfinite(target).all():
            self.journal.latch(Fault.NOT_FINITE, now, f"command {command.sequence} is not finite")
        filtered = self._filter.hold() if self.journal.latched else self._filter.step(target, state, now - state.time)
        if self._filter.overloaded(filtered):
            share = 100 * filtered.overload
            self.journal.latch(Fault.TRACKING, now, f"an arm does not follow: {share:.0f} % of the torque limit")
        self.journal.note(filtered.interventions)
        return self._send(filtered, now)

    def stop(self) -> None:
        """Bring the arms to a standstill and latch it: the operator's stop."""
        now = self.clock.now()
        self.journal.latch(Fault.OPERATOR, now, "stopped by the operator")
        self._keep_step(now)
        self._send(self._filter.hold(), now)

    def close(self) -> None:
        """Stop and close the wire."""
        self._driver.close()
        self._sent_at = None

    # Beyond the interface of a robot.

    def restart(self) -> None:
        """Begin where the arms are, after the stage has put them there; only at rest.

        Raises:
            FaultLatchedError: a joint moves, or the state is bad.
        """
        state = self.state()
        speed = float(np.abs(state.velocity).max())
        if self.journal.latched or speed > _REST:
            raise FaultLatchedError(f"The arms are not ready: {speed:.2f} rad/s, {self.journal.as_info()['reasons']}.")
        self._begin()

    def watch(self, frames: Mapping[str, Frame]) -> None:
        """Latch a fault if a camera is frozen."""
        self._latch(self._watchdogs.check_frames(frames, self.clock.now()))

    def report(self, fault: Fault, reason: str) -> None:
        """Latch a fault that somebody else has noticed."""
        self.journal.latch(fault, self.clock.now(), reason)

    def reset_faults(self) -> None:
        """Release the latch, after a new connection where the wire was down; begin where the arms are.

        Raises:
            FaultLatchedError: what caused the fault is still there.
        """
        kinds = {record.fault for record in self.journal.latched}
        try:
            if kinds - {Fault.OPERATOR, Fault.CAMERA, Fault.NOT_FINITE, Fault.TRACKING}:
                self._driver.close()
                self._driver.connect()
            self._watchdogs.forget()
            state = self._driver.state()
        except ConnectionLostError as error:
            raise FaultLatchedError(f"The fault cannot be reset: {error}") from error
        alarm = self._watchdogs.check_state(state, self.clock.now())
        if alarm is not None:
            raise FaultLatchedError(f"The fault cannot be reset: {alarm[1]}.")
        speed = float(np.abs(state.velocity).max())
        if speed > _REST:
            raise FaultLatchedError(f"The fault cannot be reset: a joint still moves, at {speed:.2f} rad/s.")
        self.journal.reset()
        self._begin()

    # Helpers.

    def _begin(self) -> None:
        self._watchdogs.forget()
        state = self.state()
        if np.isfinite(state.position).all():
            self._filter.start(state.position)
        self._sent_at = None

    def _keep_step(self, now: float) -> None:
        """Take into account what was played since the last command, and for how long there was none."""
        if self._sent_at is None:
            return
        silence = now - self._sent_at
        if silence > self.limits.command_gap:
            self.journal.latch(Fault.STALE_COMMAND, now, f"no command for {silence:.3f} s")
        self._filter.skip(round((silence - CONTROL_PERIOD) / self._filter.period))

    def _send(self, filtered: Filtered, now: float) -> Command:
        self._sequence += 1
        split = len(filtered.setpoints) - self._filter.tail
        setpoints, tail = filtered.setpoints[:split], filtered.setpoints[split:]
        command = Command(self._sequence, now, self._filter.period, setpoints, tail, filtered.motion)
        try:
            sent = self._driver.command(command)
        except (ConnectionLostError, TornMessageError, FaultLatchedError) as error:
            self._latch_error(error)
            raise
        self._sent_at = now
        return sent

    def _latch(self, alarm: tuple[Fault, str] | None) -> None:
        if alarm is not None:
            self.journal.latch(alarm[0], self.clock.now(), alarm[1])

    def _latch_error(self, error: Exception) -> None:
        faults: dict[type[Exception], Fault] = {TornMessageError: Fault.TORN_MESSAGE, FaultLatchedError: Fault.DEVICE}
        fault = faults.get(type(error), Fault.CONNECTION)
        self.journal.latch(fault, self.clock.now(), str(error))
