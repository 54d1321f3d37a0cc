"""What every robot has to do, in one suite: shapes, rates, limits, ordering, faults, restart."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from robots import ROBOTS

from lacelab.envs.spec import CONTROL_PERIOD
from lacelab.real_robot.exceptions import InvalidCommandError, NotConnectedError
from lacelab.real_robot.faults import Fault
from lacelab.real_robot.limits import servos
from lacelab.real_robot.robot import Array, Command, JointState, Robot
from lacelab.real_robot.safe_robot import SafeRobot

_NO_TAIL = np.zeros((0, 2, 8))
_FRESH = 6  # of 20 states are new, at 20 Hz, on however busy a machine
_LATE = 0.5  # s that a message may take
_NUDGED = 4  # joint that a goal moves
_REACHED = 0.01  # rad
_SAG = 0.05  # rad by which other joints may hang below a goal: the maker's follower has no integral part


@pytest.fixture(scope="module", params=ROBOTS)
def shared(request: pytest.FixtureRequest) -> Iterator[Robot]:
    """A robot for all tests of this file; each leaves it closed."""
    with ROBOTS[request.param]() as robot:
        yield robot


@pytest.fixture
def robot(shared: Robot) -> Iterator[Robot]:
    """The robot, connected."""
    shared.connect()
    yield shared
    shared.close()


def _command(robot: Robot, sequence: int, goal: Array, rows: int = 20) -> Command:
    start = robot.state().position
    share = np.linspace(0.0, 1.0, rows + 1)[1:, None, None]
    setpoints = start + share * (goal - start)
    return Command(sequence, robot.clock.now(), CONTROL_PERIOD / rows, setpoints, np.repeat(goal[None], 4, axis=0))


def _wait(robot: Robot, seconds: float) -> None:
    robot.clock.sleep_until(robot.clock.now() + seconds)


def _wait_for(robot: Robot, condition: Callable[[], bool], seconds: float) -> bool:
    end = robot.clock.now() + seconds
    while not condition() and robot.clock.now() < end:
        _wait(robot, 0.02)
    return condition()


def _nudged(robot: Robot, shift: float = 0.03) -> Array:
    goal = robot.state().position.copy()
    goal[:, _NUDGED] += shift * np.array([1.0, -1.0])
    return goal


def test_states_have_shapes_units_and_times(robot: Robot) -> None:
    servos()  # Compiled once; what follows is a matter of time.
    state = robot.state()
    assert state.position.shape == state.velocity.shape == state.torque.shape == (2, 8)
    assert np.isfinite([state.position, state.velocity, state.torque]).all()
    assert (state.position >= servos().lower - 0.1).all() and (state.position <= servos().upper + 0.1).all()
    assert abs(robot.clock.now() - state.time) < _LATE
    assert state.time <= state.received + 0.02


def test_states_come_often_and_in_order(robot: Robot) -> None:
    states: list[JointState] = []
    for _ in range(20):
        states.append(robot.state())
        _wait(robot, CONTROL_PERIOD)
    numbers = [state.sequence for state in states]
    assert numbers == sorted(numbers) and len(set(numbers)) >= _FRESH
    assert (np.diff([state.time for state in states]) >= 0).all()


def test_goes_where_it_is_told_and_says_what_was_sent(robot: Robot) -> None:
    goal = _nudged(robot, 2 * _SAG)
    command = _command(robot, 1, goal)
    sent = robot.command(command)
    np.testing.assert_allclose(sent.setpoints, command.setpoints, atol=1e-6)
    assert _wait_for(robot, lambda: bool(np.abs(robot.state().position - goal)[:, _NUDGED].max() < _REACHED), 3.0)
    assert np.abs(robot.state().position - goal)[:, :7].max() < _SAG


def test_refuses_what_is_not_newer_or_not_finite(robot: Robot) -> None:
    rest = robot.state().position
    for sequence, goal in ((7, rest), (6, rest), (8, rest * np.nan)):
        robot.close()
        robot.connect()
        robot.command(_command(robot, 7, rest))
        with pytest.raises(InvalidCommandError):
            robot.command(_command(robot, sequence, goal))
            for number in range(9, 29):  # A refusal may take its time on the wire; the next call raises it.
                _wait(robot, CONTROL_PERIOD)
                robot.command(_command(robot, number, rest))
    assert np.isfinite(robot.state().position).all()


def test_silence_ends_in_a_standstill(robot: Robot) -> None:
    robot.command(_command(robot, 1, _nudged(robot, 0.1)))
    _wait(robot, 0.15)
    assert _wait_for(robot, lambda: bool(np.abs(robot.state().velocity[:, :7]).max() < 0.2), 1.0) is True


def test_stops_and_holds(robot: Robot) -> None:
    safe = SafeRobot(robot)
    safe.connect()
    safe.command(Command(1, 0.0, CONTROL_PERIOD, _nudged(robot, 0.1)[None], _NO_TAIL))
    _wait(robot, CONTROL_PERIOD / 2)
    safe.stop()
    _wait(robot, 0.3)
    assert np.abs(robot.state().velocity[:, :7]).max() < 0.2
    assert Fault.OPERATOR in [record.fault for record in safe.journal.latched]


def test_limits_hold_behind_the_safety_layer(robot: Robot) -> None:
    safe = SafeRobot(robot)
    safe.connect()
    rng = np.random.default_rng(0)
    previous: Command | None = None
    for tick in range(10):
        sent = safe.command(Command(tick, 0.0, CONTROL_PERIOD, rng.normal(0, 3, (1, 2, 8)), _NO_TAIL))
        if previous is not None and sent.motion is not None:
            speed = np.abs(np.diff(sent.motion, axis=0)) / sent.period
            assert (speed <= safe.limits.velocity + 1e-6).all()
        previous = sent
        _wait(robot, CONTROL_PERIOD)
    assert (robot.state().position >= servos().lower - 0.1).all()


def test_is_of_no_use_before_connect_and_after_close(robot: Robot) -> None:
    rest = _command(robot, 1, robot.state().position)
    robot.close()
    robot.close()
    with pytest.raises(NotConnectedError):
        robot.state()
    with pytest.raises(NotConnectedError):
        robot.command(rest)


def test_can_be_connected_again(robot: Robot) -> None:
    robot.command(_command(robot, 50, robot.state().position))
    robot.close()
    robot.connect()
    robot.connect()
    robot.command(_command(robot, 51, robot.state().position))
    assert np.isfinite(robot.state().position).all()
