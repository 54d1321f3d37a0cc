"""Recordings of motion for calibration and identification: what was sent, and what came of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lacelab.envs.spec import CONTROL_PERIOD

from .archive import save_arrays
from .exceptions import CalibrationError
from .robot import Array, Command, Robot

_NO_TAIL = np.zeros((0, 2, 8))


@dataclass(frozen=True)
class Motion:
    """One recording; all times are of the robot's clock [s].

    Attributes:
        sent: when each set-point was due (n,), straight lines between them.
        setpoints: really sent, (n, 2, 8) [rad].
        times: of the states (m,).
        positions: (m, 2, 8) [rad].
    """

    sent: Array
    setpoints: Array
    times: Array
    positions: Array

    def __post_init__(self) -> None:
        for times, rows, name in ((self.sent, self.setpoints, "setpoints"), (self.times, self.positions, "positions")):
            if rows.shape != (len(times), 2, 8) or len(times) < 2 or not np.isfinite(rows).all():
                raise CalibrationError(
                    f"{name} have shape {rows.shape}. Valid: ({len(times)}, 2, 8), finite, >= 2 rows."
                )
            if (np.diff(times) <= 0).any():
                raise CalibrationError(f"The times of the {name} do not rise.")

    def save(self, path: Path) -> None:
        """Write a compressed NumPy file; raises RobotError if it cannot be written."""
        save_arrays(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "Motion":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(**{name: arrays[name] for name in ("sent", "setpoints", "times", "positions")})


def excitation(rest: Array, duration: float = 6.0, amplitude: float = 0.12, seed: int = 0) -> Array:
    """Return set-points (n, 2, 8) [rad], one a tick, that show friction, damping, gains and delay of every joint.

    Each joint swings about `rest` (2, 8) [rad] with frequencies of its own, fast and slow, and comes back to it; the
    fingers rest.
    """
    generator = np.random.default_rng(seed)
    times = np.arange(1, round(duration / CONTROL_PERIOD) + 1) * CONTROL_PERIOD
    window = np.sin(np.pi * times / duration) ** 0.5
    slow, fast = generator.uniform(0.2, 0.5, (2, 8)), generator.uniform(0.8, 1.6, (2, 8))  # Hz
    phase = generator.uniform(0, 2 * np.pi, (2, 8))
    angle = 2 * np.pi * times[:, None, None]
    swing = 0.7 * (np.sin(angle * slow + phase) - np.sin(phase)) + 0.3 * np.sin(angle * fast)
    swing[:, :, 7] = 0.0
    return rest + amplitude * window[:, None, None] * swing


def record_motion(robot: Robot, setpoints: Array, first_sequence: int = 1, samples: int = 5) -> Motion:
    """Send set-points (n, 2, 8) [rad], one a tick, and record; the robot is connected and at rest.

    Args:
        robot: a safe robot, whose commands may come out smaller than asked for: what was sent is recorded.
        setpoints: as by `excitation`.
        first_sequence: number of the first command.
        samples: states for each tick.
    """
    clock, start = robot.clock, robot.state()
    sent, rows, times, positions = [clock.now()], [start.position], [start.time], [start.position]
    due = clock.now()
    for number, row in enumerate(setpoints):
        issued = clock.now()
        command = robot.command(Command(first_sequence + number, issued, CONTROL_PERIOD, row[None], _NO_TAIL))
        sent.extend(issued + command.period * np.arange(1, len(command.setpoints) + 1))
        rows.extend(command.setpoints)
        for _ in range(samples):
            due += CONTROL_PERIOD / samples
            clock.sleep_until(due)
            state = robot.state()
            if state.time > times[-1]:
                times.append(state.time)
                positions.append(state.position)
    order, unique = np.unique(np.array(sent), return_index=True)
    return Motion(order, np.array(rows)[unique], np.array(times), np.array(positions))
