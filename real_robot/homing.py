"""Drives both arms home slowly, through the safety layer like everything else."""

import numpy as np

from lacelab.envs.spec import CONTROL_PERIOD

from .exceptions import FaultLatchedError
from .mock import home_position
from .robot import Command
from .safe_robot import SafeRobot

_SPEED = 0.5  # rad/s
_CLOSE = 0.02  # rad
_PATIENCE = 20.0  # s
_NO_TAIL = np.zeros((0, 2, 8))


def drive_home(robot: SafeRobot) -> None:
    """Open the hands and go home in a straight line of joint space.

    Raises:
        FaultLatchedError: if the arms do not get there; the message says why.
    """
    home, clock = home_position(), robot.clock
    due = clock.now()
    for tick in range(round(_PATIENCE / CONTROL_PERIOD)):
        gap = home - robot.rest
        if np.abs(gap).max() < 1e-9 and np.abs(home - robot.state().position).max() < _CLOSE:
            return
        stride = _SPEED * CONTROL_PERIOD
        target = robot.rest + gap * min(1.0, stride / max(np.abs(gap).max(), 1e-12))
        robot.command(Command(tick, clock.now(), CONTROL_PERIOD, target[None], _NO_TAIL))
        if robot.journal.latched:
            break
        due += CONTROL_PERIOD
        clock.sleep_until(due)
    reasons = [record.reason for record in robot.journal.latched] or [f"blocked by {robot.journal.as_info()['counts']}"]
    raise FaultLatchedError(f"The arms do not get home: {'; '.join(map(str, reasons))}.")
