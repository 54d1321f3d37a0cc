"""Faults latch, bring the arms to a standstill, are told, and go away only on request."""

from dataclasses import replace

import numpy as np
import pytest

from lacelab.envs.exceptions import LaceLabError
from lacelab.envs.spec import CONTROL_PERIOD
from lacelab.real_robot.exceptions import ConnectionLostError, FaultLatchedError, InvalidCommandError
from lacelab.real_robot.faults import Fault, Intervention
from lacelab.real_robot.limits import Limits
from lacelab.real_robot.mock import MockRobot, home_position
from lacelab.real_robot.robot import Array, Command, Frame, JointState
from lacelab.real_robot.safe_robot import SafeRobot


class FaultyRobot(MockRobot):
    """A mock whose states can be spoilt and whose wire can be cut."""

    cut = False
    frozen_since: float | None = None
    shift = 0.0
    spoil = False

    def state(self) -> JointState:
        if self.cut:
            raise ConnectionLostError("The cable is cut.")
        state = super().state()
        if self.frozen_since is not None:
            state = replace(state, time=self.frozen_since, sequence=1)
        if self.spoil:
            state = replace(state, position=state.position * np.nan)
        return replace(state, time=state.time + self.shift)

    def command(self, command: Command) -> Command:
        if self.cut:
            raise ConnectionLostError("The cable is cut.")
        return super().command(command)


def _robot() -> tuple[SafeRobot, FaultyRobot]:
    driver = FaultyRobot()
    robot = SafeRobot(driver)
    robot.connect()
    return robot, driver


def _go(robot: SafeRobot, driver: FaultyRobot, target: Array, ticks: int = 1) -> None:
    for tick in range(ticks):
        robot.command(Command(tick, 0.0, CONTROL_PERIOD, target[None], np.zeros((0, 2, 8))))
        driver.clock.sleep_until(driver.clock.now() + CONTROL_PERIOD)


def _moving(robot: SafeRobot, driver: FaultyRobot) -> Array:
    """Get both arms moving and return a target far away."""
    far = home_position()
    far[:, 4] += 0.6 * np.array([1.0, -1.0])
    _go(robot, driver, far, 3)
    return far


def _faults(robot: SafeRobot) -> list[Fault]:
    return [record.fault for record in robot.journal.latched]


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        ({"frozen_since": 0.15}, Fault.STALE_STATE),
        ({"shift": 0.5}, Fault.CLOCK),
        ({"shift": -0.15}, Fault.CLOCK),
        ({"spoil": True}, Fault.NOT_FINITE),
    ],
)
def test_bad_states_latch_and_ramp_down(spoil: dict[str, float | bool], fault: Fault) -> None:
    robot, driver = _robot()
    far = _moving(robot, driver)
    for name, value in spoil.items():
        setattr(driver, name, value)
    _go(robot, driver, far, 4)
    assert fault in _faults(robot)
    assert robot.journal.now == (Intervention.HELD,)
    for name in spoil:
        setattr(driver, name, getattr(FaultyRobot, name))
    _go(robot, driver, far, 1)
    assert np.abs(driver.state().velocity).max() < 1e-9
    assert fault in _faults(robot), "the fault must stay latched although its cause is gone"
    robot.reset_faults()
    _go(robot, driver, far, 1)
    assert robot.journal.now == () or Intervention.HELD not in robot.journal.now


def test_the_ramp_down_takes_less_than_100_milliseconds() -> None:
    robot, driver = _robot()
    far = _moving(robot, driver)
    start = driver.clock.now()
    assert np.abs(driver.state().velocity).max() > 0.5
    robot.stop()
    driver.clock.sleep_until(start + 0.1)
    assert np.abs(driver.state().velocity).max() < 1e-9
    sent = driver.wire[-1]
    assert sent.motion is not None
    speed = np.abs(np.diff(sent.motion[:, 0, 4])) / sent.period
    assert speed[0] > 0.3 and (np.diff(speed) < 1e-6).all(), "a ramp, not a dead stop"
    _go(robot, driver, far)
    assert _faults(robot) == [Fault.OPERATOR]


def test_silence_ends_in_a_standstill_and_latches() -> None:
    robot, driver = _robot()
    far = _moving(robot, driver)
    driver.clock.sleep_until(driver.clock.now() + 0.03)
    assert np.abs(driver.state().velocity).max() < 1e-9
    driver.clock.sleep_until(driver.clock.now() + 1.0)
    _go(robot, driver, far)
    assert _faults(robot) == [Fault.STALE_COMMAND]


def test_a_cut_wire_is_reported_and_recovers() -> None:
    robot, driver = _robot()
    far = _moving(robot, driver)
    driver.cut = True
    with pytest.raises(ConnectionLostError, match="cable is cut"):
        _go(robot, driver, far)
    assert _faults(robot) == [Fault.CONNECTION]
    with pytest.raises(FaultLatchedError, match="cannot be reset: The cable is cut"):
        robot.reset_faults()
    driver.cut = False
    driver.clock.sleep_until(driver.clock.now() + 0.5)
    robot.reset_faults()
    _go(robot, driver, far)
    assert _faults(robot) == []


def test_a_moving_arm_keeps_its_fault() -> None:
    robot, driver = _robot()
    _moving(robot, driver)
    robot.report(Fault.CAMERA, "somebody says so")
    with pytest.raises(FaultLatchedError, match="a joint still moves, at"):
        robot.reset_faults()


def test_a_frozen_camera_latches() -> None:
    robot, driver = _robot()
    image = np.zeros((2, 2, 3), np.uint8)
    for step in range(10):
        now = driver.clock.now()
        fresh = Frame(now, now, step, image)
        robot.watch({"head": fresh, "wrist_left": Frame(min(now, 0.1), now, min(step, 2), image)})
        driver.clock.sleep_until(now + CONTROL_PERIOD)
    assert _faults(robot) == [Fault.CAMERA]
    assert "'wrist_left'" in robot.journal.latched[0].reason


def test_a_late_command_goes_on_smoothly() -> None:
    robot, driver = _robot()
    far = _moving(robot, driver)
    driver.clock.sleep_until(driver.clock.now() + 0.01)
    _go(robot, driver, far)
    moved = driver.wire[-1].motion
    assert moved is not None
    before_that = driver.wire[-2].motion
    assert before_that is not None
    step = moved[0, 0, 4] - before_that[20 + 3, 0, 4]
    assert abs(step) < 0.0075 + 1e-9, "starts from what was played of the tail"


def test_refuses_commands_of_another_length() -> None:
    robot, _ = _robot()
    with pytest.raises(InvalidCommandError, match=r"lasts 0.1 s here. Valid: 0.05 s"):
        robot.command(Command(0, 0.0, 0.1, home_position()[None], np.zeros((0, 2, 8))))


def test_limits_cannot_be_widened() -> None:
    with pytest.raises(LaceLabError, match="(?s)'velocity' is .* rad/s. Valid: more than 0, at most"):
        Limits(velocity=np.full((2, 8), 9.0))
    with pytest.raises(LaceLabError, match="'state_age' is 5.0. Valid: 0.0 to 1.0"):
        Limits(state_age=5.0)
