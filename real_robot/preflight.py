"""Looks at a robot before anything moves, and says what is not as it should be."""

from typing import NamedTuple

import numpy as np

from .clearance import REACH, ClearanceModel
from .robot import Cameras
from .safe_robot import SafeRobot

_SECONDS, _PAUSE = 1.0, 0.02  # s, of looking and between two looks


class Finding(NamedTuple):
    """One line of the report."""

    what: str
    value: str
    good: bool


def inspect(robot: SafeRobot, cameras: Cameras | None = None) -> list[Finding]:
    """Check rate, age and plausibility of states, clearances and cameras; the robot is connected and commanded nothing."""
    states, ages, clock = [], [], robot.clock
    end = clock.now() + _SECONDS
    while clock.now() < end:
        state = robot.state()
        ages.append(clock.now() - state.time)
        states.append(state)
        clock.sleep_until(clock.now() + _PAUSE)
    fresh = len({state.sequence for state in states})
    low, high = robot.limits.position
    last, limits = states[-1], robot.limits
    over = np.maximum(low - last.position, last.position - high)[:, :-1].max()
    clear = ClearanceModel().measure(last.position)
    speed = np.abs(np.stack([state.velocity for state in states])).max()
    findings = [
        Finding("states", f"{fresh / _SECONDS:.0f} a second", fresh / _SECONDS >= 20),
        Finding("oldest state", f"{1e3 * max(ages):.0f} ms", max(ages) < limits.state_age),
        Finding("joints within their range", f"{np.degrees(-over):.1f} degrees to spare", over < 0.01),
        Finding("arms at rest", f"{speed:.3f} rad/s", speed < 0.3),
        Finding("between the arms", _distance(clear.arms), clear.arms > limits.arms),
        Finding("above the table", _distance(clear.table), clear.table > limits.table),
        Finding(
            "faults", ", ".join(record.fault for record in robot.journal.latched) or "none", not robot.journal.latched
        ),
    ]
    return findings + (_look(cameras, robot) if cameras is not None else [])


def _distance(metres: float) -> str:
    return f"{1e3 * metres:.0f} mm" if metres < REACH else f"more than {1e3 * REACH:.0f} mm"


def _look(cameras: Cameras, robot: SafeRobot) -> list[Finding]:
    findings = []
    for name, frame in cameras.frames().items():
        age = robot.clock.now() - frame.time
        dark = frame.image.std() < 1.0
        text = f"{frame.image.shape[1]} x {frame.image.shape[0]}, {1e3 * age:.0f} ms old{', shows nothing' if dark else ''}"
        findings.append(Finding(f"camera {name}", text, not dark and age < robot.limits.camera_age))
    return findings
