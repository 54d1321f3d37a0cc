"""Watches what comes from a robot: age, order and finiteness of states and pictures."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .faults import Fault
from .limits import Limits
from .robot import Frame, JointState

Alarm = tuple[Fault, str] | None


class _Seen(NamedTuple):
    """The last new thing of its kind."""

    sequence: int
    time: float  # s, its own stamp
    noticed: float  # s, when it was first seen


class Watchdogs:
    """Remembers what came last; every check returns a fault with its reason, or nothing."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._state: _Seen | None = None
        self._frames: dict[str, _Seen] = {}

    def forget(self) -> None:
        """Begin anew, after a connection or a reset."""
        self._state = None
        self._frames = {}

    def check_state(self, state: JointState, now: float) -> Alarm:
        """Check the newest state.

        Args:
            state: what the driver gave.
            now: on the same clock [s].
        """
        if not (np.isfinite(state.position).all() and np.isfinite(state.velocity).all() and np.isfinite(state.time)):
            return Fault.NOT_FINITE, f"state {state.sequence} is not finite"
        before, limits = self._state, self._limits
        if state.time > now + limits.clock_jump:
            return Fault.CLOCK, f"state {state.sequence} is {state.time - now:.3f} s ahead of the clock"
        if before is not None and state.time < before.time - limits.clock_jump:
            return Fault.CLOCK, f"state {state.sequence} is {before.time - state.time:.3f} s older than the one before"
        if before is None or state.sequence != before.sequence:
            self._state = before = _Seen(state.sequence, state.time, now)
        age = now - min(state.time, before.noticed)
        if age > limits.state_age:
            return Fault.STALE_STATE, f"the newest state is {age:.3f} s old, more than {limits.state_age} s"
        return None

    def check_frames(self, frames: Mapping[str, Frame], now: float) -> Alarm:
        """Check the newest pictures: a camera is frozen if its number or its time stands still."""
        for name, frame in frames.items():
            before = self._frames.get(name)
            if before is None or (frame.sequence != before.sequence and frame.time > before.time):
                self._frames[name] = before = _Seen(frame.sequence, frame.time, now)
            age = now - min(frame.time, before.noticed)
            if age > self._limits.camera_age:
                limit = self._limits.camera_age
                return Fault.CAMERA, f"the newest picture of '{name}' is {age:.3f} s old, more than {limit} s"
        return None
