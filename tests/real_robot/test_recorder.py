"""What is recorded comes back, and is played again through the safety layer."""

from pathlib import Path

import numpy as np
import pytest

from lacelab.envs.spec import CONTROL_PERIOD
from lacelab.real_robot.exceptions import RobotError
from lacelab.real_robot.homing import drive_home
from lacelab.real_robot.mock import MockRobot, home_position
from lacelab.real_robot.recorder import Recorder, Trajectory, load, replay
from lacelab.real_robot.safe_robot import SafeRobot


def _trajectory(ticks: int = 12) -> Trajectory:
    shift = np.zeros((ticks, 2, 8))
    shift[:, :, 4] = 0.1 * np.sin(np.linspace(0, 3, ticks))[:, None]
    target = home_position() + shift
    zeros = np.zeros_like(target)
    return Trajectory(np.arange(float(ticks)) * CONTROL_PERIOD, target, zeros, zeros, target)


def _robot() -> SafeRobot:
    robot = SafeRobot(MockRobot())
    robot.connect()
    return robot


def test_comes_back_from_a_file(tmp_path: Path) -> None:
    robot, recorder = _robot(), Recorder()
    for _ in range(3):
        recorder.add(robot.state(), robot.rest)
        robot.clock.sleep_until(robot.clock.now() + CONTROL_PERIOD)
    recorder.save(tmp_path / "a.npz")
    loaded = load(tmp_path / "a.npz")
    np.testing.assert_allclose(loaded.time, [0.0, 0.05, 0.1])
    np.testing.assert_allclose(loaded.target[2], home_position(), atol=1e-12)


def test_refuses_other_files(tmp_path: Path) -> None:
    with pytest.raises(RobotError, match="is no recording of a robot"):
        load(tmp_path / "missing.npz")
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(RobotError, match="is no recording of a robot"):
        load(tmp_path / "other.npz")


def test_replays_what_was_sent() -> None:
    measured = replay(_robot(), _trajectory())
    assert np.abs(measured.target - _trajectory().target).max() < 1e-9
    assert np.abs(np.diff(measured.position[:, 0, 4])).max() > 0.01


def test_a_fault_ends_a_replay() -> None:
    robot, bad = _robot(), _trajectory()
    bad.target[5, 0, 0] = np.nan
    with pytest.raises(RobotError, match="Stopped at tick 5: command .* is not finite"):
        replay(robot, bad)


def test_drives_home_slowly() -> None:
    away = home_position()
    away[:, 4] += 0.2 * np.array([1.0, -1.0])
    driver = MockRobot(position=away)
    robot = SafeRobot(driver)
    robot.connect()
    drive_home(robot)
    np.testing.assert_allclose(driver.state().position, home_position(), atol=0.02)
    for command in driver.wire:
        assert command.motion is not None
        assert np.abs(np.diff(command.motion, axis=0)).max() <= 0.5 * command.period + 1e-9
