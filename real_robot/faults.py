"""Faults, which latch and stop the arms until they are reset, and interventions, which only change a command."""

import logging
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

_LOG = logging.getLogger(__name__)


class Fault(StrEnum):
    """Why the arms were stopped."""

    NOT_FINITE = "not_finite"  # NaN or infinity in a command or a state
    STALE_STATE = "stale_state"
    STALE_COMMAND = "stale_command"
    CLOCK = "clock"  # time stamps from the future or running backwards
    CAMERA = "camera"  # a camera is frozen
    CONNECTION = "connection"
    TORN_MESSAGE = "torn_message"
    TRACKING = "tracking"  # the arm does not follow: blocked, pushed or broken
    DEVICE = "device"  # the robot itself has latched something
    OPERATOR = "operator"


class Intervention(StrEnum):
    """How a command was changed."""

    POSITION = "position"
    VELOCITY = "velocity"
    TORQUE = "torque"
    GRIP = "grip"
    CLEARANCE = "clearance"
    WORKSPACE = "workspace"
    HELD = "held"  # a fault is latched: the command was ignored


class FaultRecord(NamedTuple):
    """One latched fault."""

    fault: Fault
    time: float  # s, on the robot's clock
    reason: str


@dataclass
class Journal:
    """What the safety layer has done; the source of `info["safety"]`."""

    def __post_init__(self) -> None:
        self.latched: list[FaultRecord] = []
        self.history: list[FaultRecord] = []
        self.counts: Counter[str] = Counter()
        self.now: tuple[Intervention, ...] = ()

    def latch(self, fault: Fault, time: float, reason: str) -> None:
        """Latch a fault; one of each kind is kept until the reset."""
        if any(record.fault is fault for record in self.latched):
            return
        record = FaultRecord(fault, time, reason)
        self.latched.append(record)
        self.history.append(record)
        _LOG.error("fault %s at %.3f s: %s", fault, time, reason)

    def note(self, interventions: tuple[Intervention, ...]) -> None:
        """Keep what was changed in a command."""
        for kind in set(interventions) - set(self.now):
            _LOG.info("safety layer begins to change commands: %s", kind)
        self.now = interventions
        self.counts.update(str(kind) for kind in interventions)

    def reset(self) -> None:
        """Forget the latched faults; the history stays."""
        if self.latched:
            _LOG.warning("faults reset: %s", ", ".join(record.fault for record in self.latched))
        self.latched = []

    def as_info(self) -> dict[str, object]:
        """Return what `info` shows."""
        return {
            "faults": [record.fault.value for record in self.latched],
            "reasons": [record.reason for record in self.latched],
            "interventions": [kind.value for kind in self.now],
            "counts": dict(self.counts),
        }
