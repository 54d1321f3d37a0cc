"""Nothing beyond any limit reaches the wire, whatever is commanded and whatever is measured."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from lacelab.envs.spec import CONTROL_PERIOD
from lacelab.real_robot.clearance import ClearanceModel
from lacelab.real_robot.faults import Fault, Intervention
from lacelab.real_robot.limits import Limits, servos
from lacelab.real_robot.mock import MockRobot, home_position
from lacelab.real_robot.robot import Array, Command
from lacelab.real_robot.safe_robot import SafeRobot

Attack = Callable[[np.random.Generator, Array, int], Array]

_SMALL = 1e-6


def _nan(rng: np.random.Generator, at: Array, tick: int) -> Array:
    target = at + rng.normal(0, 0.1, at.shape)
    if tick % 7 == 3:
        target[rng.integers(2), rng.integers(8)] = rng.choice([np.nan, np.inf, -np.inf])
    return target


def _huge(rng: np.random.Generator, at: Array, tick: int) -> Array:
    return rng.choice([-1.0, 1.0], at.shape) * 10.0 ** rng.uniform(-3, 300, at.shape)


def _oscillating(rng: np.random.Generator, at: Array, tick: int) -> Array:
    return at + (-1) ** tick * rng.uniform(0, 2, at.shape)


def _walking(rng: np.random.Generator, at: Array, tick: int) -> Array:
    return at + rng.normal(0, 0.05, at.shape)


def _together(rng: np.random.Generator, at: Array, tick: int) -> Array:
    """Swing the upper arms inwards and down: hands into each other, elbows into the table."""
    target = at.copy()
    target[:, :4] += rng.uniform(0, 0.3) * np.array([[1, 1, -1, -1], [-1, -1, 1, -1]]) * rng.uniform(-0.3, 1, (2, 4))
    return target


_ATTACKS: dict[str, Attack] = {attack.__name__: attack for attack in (_nan, _huge, _oscillating, _walking, _together)}


def _run(attack: Attack, cases: int, seed: int) -> tuple[SafeRobot, MockRobot]:
    """Command `cases` ticks; faults are reset by the operator every 50 ticks."""
    rng = np.random.default_rng(seed)
    driver = MockRobot()
    robot = SafeRobot(driver)
    robot.connect()
    for tick in range(cases):
        robot.command(_target(attack(rng, robot.rest, tick), tick))
        driver.clock.sleep_until(driver.clock.now() + CONTROL_PERIOD)
        if tick % 50 == 49 and robot.journal.latched:
            robot.reset_faults()
    return robot, driver


def _target(position: Array, sequence: int = 0) -> Command:
    return Command(sequence, 0.0, CONTROL_PERIOD, position[None], np.zeros((0, 2, 8)))


def _check_wire(wire: list[Command], limits: Limits) -> None:
    """Assert every limit on all that was sent; the arms were at rest at the start."""
    motion = np.concatenate([_moved(command)[: len(command.setpoints)] for command in wire])
    setpoints = np.concatenate([np.concatenate([command.setpoints, command.tail]) for command in wire])
    low, high = limits.position
    assert np.isfinite(setpoints).all()
    assert (setpoints >= low - _SMALL).all() and (setpoints <= high + _SMALL).all()
    period = wire[0].period
    start = np.repeat(motion[:1], 3, axis=0)
    velocity = np.diff(np.concatenate([start, motion]), axis=0) / period
    acceleration = np.diff(velocity, axis=0) / period
    jerk = np.diff(acceleration, axis=0) / period
    assert (np.abs(velocity) <= limits.velocity + _SMALL).all()
    assert (np.abs(acceleration) <= limits.acceleration * (1 + _SMALL)).all()
    assert (np.abs(jerk) <= limits.jerk * (1 + 1e-4)).all()


def _moved(command: Command) -> Array:
    assert command.motion is not None
    return command.motion


def _check_clearance(wire: list[Command], limits: Limits, every: int) -> None:
    model = ClearanceModel()
    for command in wire:
        for position in _moved(command)[::every]:
            found = model.measure(position)
            assert found.arms >= limits.arms - 5e-4
            assert found.tips >= limits.tips - 5e-4
            assert found.table >= limits.table - 5e-4
            assert (found.tools >= limits.workspace[0] - 0.03).all()
            assert (found.tools <= limits.workspace[1] + 0.03).all()
        rest = model.measure(_moved(command)[-1])
        assert (rest.tools >= limits.workspace[0] - _SMALL).all() and (rest.tools <= limits.workspace[1] + _SMALL).all()


@pytest.mark.parametrize("name", _ATTACKS)
def test_nothing_beyond_a_limit_reaches_the_wire(name: str) -> None:
    robot, driver = _run(_ATTACKS[name], 300, seed=1)
    _check_wire(driver.wire, robot.limits)
    _check_clearance(driver.wire, robot.limits, every=7)
    assert robot.journal.counts, "the attack met no limit"


@pytest.mark.slow
@pytest.mark.parametrize("name", _ATTACKS)
def test_a_hundred_thousand_cases(name: str) -> None:
    for seed in range(20):
        robot, driver = _run(_ATTACKS[name], 1000, seed)
        _check_wire(driver.wire, robot.limits)
        _check_clearance(driver.wire, robot.limits, every=29)


def test_a_target_within_all_limits_passes_unchanged() -> None:
    robot = SafeRobot(MockRobot())
    robot.connect()
    goal = home_position()
    goal[:, 4] += 0.02
    robot.command(_target(goal))
    np.testing.assert_allclose(robot.rest, goal)
    assert robot.journal.now == ()


def test_names_what_it_changed() -> None:
    robot = SafeRobot(MockRobot())
    robot.connect()
    robot.command(_target(home_position() + 9.0))
    assert {Intervention.TORQUE, Intervention.GRIP} <= set(robot.journal.now)
    assert robot.journal.as_info()["interventions"]


def test_a_blocked_arm_is_pushed_no_harder_than_its_limit() -> None:
    class Blocked(MockRobot):
        def _position(self, now: float) -> Array:
            return home_position()

    driver = Blocked()
    robot = SafeRobot(driver)
    robot.connect()
    goal = home_position()
    goal[0, 1] -= 0.5
    for tick in range(20):
        robot.command(_target(goal, tick))
        driver.clock.sleep_until(driver.clock.now() + CONTROL_PERIOD)
    push = servos().stiffness * np.abs(_moved(driver.wire[-1])[-1] - home_position())
    assert (push <= robot.limits.torque + _SMALL).all()
    assert Intervention.TORQUE in robot.journal.now


def test_an_arm_that_is_pushed_away_latches_a_fault() -> None:
    driver = MockRobot()
    robot = SafeRobot(driver)
    robot.connect()
    robot.command(_target(home_position()))
    driver._rest = home_position() + 0.5
    driver._playing = None
    robot.command(_target(home_position()))
    assert [record.fault for record in robot.journal.latched] == [Fault.TRACKING]


def test_is_fast() -> None:
    robot, driver = _run(_walking, 50, seed=3)
    state, target = driver.state(), robot.rest + 1e-4
    times = []
    for _ in range(300):
        start = time.thread_time()
        robot._filter.step(target, state)
        times.append(time.thread_time() - start)
    assert np.quantile(times, 0.1) < 400e-6, "four times the bar of 100 microseconds, for busy machines"
