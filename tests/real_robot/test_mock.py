"""The mock plays what it is told, and refuses what a robot refuses."""

import numpy as np
import pytest

from lacelab.real_robot.clock import ManualClock
from lacelab.real_robot.exceptions import InvalidCommandError, NotConnectedError
from lacelab.real_robot.mock import MockRobot, home_position
from lacelab.real_robot.robot import Command


def _command(sequence: int, goal: np.ndarray, tail: int = 0) -> Command:
    rows = np.linspace(home_position(), goal, 6)[1:]
    return Command(sequence, 0.0, 0.01, rows, np.repeat(goal[None], tail, axis=0))


def test_plays_setpoints_and_holds_the_last() -> None:
    clock = ManualClock()
    robot = MockRobot(clock)
    robot.connect()
    goal = home_position() + 0.05
    robot.command(_command(1, goal, tail=2))
    clock.sleep_until(0.025)
    np.testing.assert_allclose(robot.state().position, home_position() + 0.025, atol=1e-12)
    np.testing.assert_allclose(robot.state().velocity, 1.0, atol=1e-6)
    clock.sleep_until(9.0)
    np.testing.assert_allclose(robot.state().position, goal, atol=1e-12)


def test_refuses_use_before_connect() -> None:
    with pytest.raises(NotConnectedError, match=r"call connect\(\) first"):
        MockRobot().state()


def test_refuses_old_and_infinite_commands() -> None:
    robot = MockRobot()
    robot.connect()
    robot.command(_command(5, home_position()))
    with pytest.raises(InvalidCommandError, match="Command 5 is not newer than the last one, 5"):
        robot.command(_command(5, home_position()))
    with pytest.raises(InvalidCommandError, match="Command 6 is not finite"):
        robot.command(_command(6, home_position() * np.nan))


@pytest.mark.parametrize(
    ("setpoints", "period", "words"),
    [
        (np.zeros((3, 16)), 0.01, r"shape \(3, 16\)\. Valid: \(n, 2, 8\)"),
        (np.zeros((0, 2, 8)), 0.01, "at least one set-point"),
        (np.zeros((1, 2, 8)), 0.0, "not > 0"),
    ],
)
def test_refuses_misshapen_commands(setpoints: np.ndarray, period: float, words: str) -> None:
    with pytest.raises(InvalidCommandError, match=words):
        Command(1, 0.0, period, setpoints, np.zeros((0, 2, 8)))
