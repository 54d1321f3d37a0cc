"""Joint trajectories of a robot: what was measured and what was sent, tick by tick; and how they are played again."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lacelab.envs.spec import CONTROL_PERIOD

from .archive import save_arrays
from .exceptions import RobotError
from .robot import JOINTS_PER_ARM, Array, Command, JointState
from .safe_robot import SafeRobot

_NO_TAIL = np.zeros((0, 2, JOINTS_PER_ARM))


class Trajectory(NamedTuple):
    """Ticks of one recording."""

    time: Array  # (n,) of the measurements, from 0 [s]
    position: Array  # (n, 2, 8) [rad]
    velocity: Array  # (n, 2, 8) [rad/s]
    torque: Array  # (n, 2, 8) [N m]
    target: Array  # (n, 2, 8) where the motion was to be at the end of the tick [rad]


@dataclass
class Recorder:
    """Collects ticks."""

    states: list[JointState] = field(default_factory=list)
    targets: list[Array] = field(default_factory=list)

    def add(self, state: JointState, target: Array) -> None:
        """Keep one tick: what was measured before it, and the target (2, 8) of its end [rad]."""
        self.states.append(state)
        self.targets.append(target.copy())

    def trajectory(self) -> Trajectory:
        """Return what was collected."""
        time = np.array([state.time for state in self.states])
        columns = [np.stack([getattr(s, name) for s in self.states]) for name in ("position", "velocity", "torque")]
        return Trajectory(time - time[0], columns[0], columns[1], columns[2], np.stack(self.targets))

    def save(self, path: Path) -> None:
        """Write a NumPy archive; raises RobotError if it cannot be written."""
        save_arrays(path, **self.trajectory()._asdict())


def load(path: Path) -> Trajectory:
    """Read a recording.

    Raises:
        RobotError: it cannot be read, or is no recording.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return Trajectory(**{name: archive[name] for name in Trajectory._fields})
    except (OSError, ValueError, KeyError) as error:
        raise RobotError(f"'{path}' is no recording of a robot: {error}.") from error


def replay(robot: SafeRobot, trajectory: Trajectory) -> Trajectory:
    """Send the targets of a recording again, through the safety layer; return what was measured.

    Raises:
        RobotError: a fault stops the arms.
    """
    recorder, clock = Recorder(), robot.clock
    due = clock.now()
    for number, target in enumerate(trajectory.target):
        recorder.add(robot.state(), target)
        robot.command(Command(number, clock.now(), CONTROL_PERIOD, target[None], _NO_TAIL))
        if robot.journal.latched:
            raise RobotError(f"Stopped at tick {number}: {robot.journal.latched[0].reason}.")
        due += CONTROL_PERIOD
        clock.sleep_until(due)
    return recorder.trajectory()
