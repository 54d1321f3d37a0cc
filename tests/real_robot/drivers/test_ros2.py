"""ROS 2 over DDS between processes, against a simulated ros2_control robot."""

import subprocess
import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lacelab.real_robot.drivers.ros2 import Ros2Cameras, Ros2Robot, Topics, read_image, read_state
from lacelab.real_robot.exceptions import (
    ConnectionLostError,
    ConnectionRefusedError,
    InvalidCommandError,
    NotConnectedError,
    TornMessageError,
)
from lacelab.real_robot.robot import Command


def test_commands_a_robot_in_another_process(domain: int, trajectory_follower: "subprocess.Popen[bytes]") -> None:
    robot, second = Ros2Robot(domain=domain), Ros2Robot(domain=domain)
    cameras = Ros2Cameras(robot)
    with pytest.raises(NotConnectedError, match=r"call connect\(\) first"):
        robot.state()
    try:
        for number in range(2):  # It can be opened again.
            robot.connect()
            first = robot.state()
            goal = first.position + 0.1
            goal[:, 7] = first.position[:, 7]
            rows = np.linspace(first.position, goal, 21)[1:]
            robot.command(Command(number + 1, robot.clock.now(), 0.02, rows, rows[:0]))
            time.sleep(1.0)
            last = robot.state()
            assert last.sequence > first.sequence + 10
            assert 0.0 <= robot.clock.now() - last.time < 0.1
            np.testing.assert_allclose(last.position[:, :7], goal[:, :7], atol=0.05)
            with pytest.raises(InvalidCommandError, match="not newer"):
                robot.command(Command(number + 1, robot.clock.now(), 0.02, rows, rows[:0]))
            cameras.connect()
            assert cameras.frames()["head"].image.shape == (128, 128, 3)
            if number == 0:
                cameras.close()
                robot.close()
        with pytest.raises(
            ConnectionRefusedError, match="Another node already commands /left_joint_trajectory_controller"
        ):
            second.connect()
        trajectory_follower.kill()
        time.sleep(1.3)
        with pytest.raises(ConnectionLostError, match=r"No joint state came for 1\.\d+ s on /joint_states"):
            robot.state()
    finally:
        robot.close()
        second.close()


def test_stops_in_the_middle_of_a_command(domain: int, trajectory_follower: "subprocess.Popen[bytes]") -> None:
    del trajectory_follower
    robot = Ros2Robot(domain=domain)
    try:
        robot.connect()
        start = robot.state().position
        rows = np.linspace(start, start + [0, 0, 0, 1.0, 0, 0, 0, 0], 101)[1:]
        robot.command(Command(1, robot.clock.now(), 0.02, rows, rows[:0]))  # 0.5 rad/s
        time.sleep(0.6)
        robot.stop()
        time.sleep(0.8)
        stopped = robot.state()
        assert np.abs(stopped.velocity[:, 3]).max() < 0.02
        assert 0.15 < (stopped.position - start)[0, 3] < 0.6
    finally:
        robot.close()


def _state(**changes: Any) -> Any:
    names = [name for arm in reversed(Topics().joints) for name in arm] + ["wheel"]
    stamp = SimpleNamespace(sec=int(time.time()), nanosec=0)
    values = {"name": names, "position": list(range(17)), "velocity": [], "effort": []}
    return SimpleNamespace(**(values | changes), header=SimpleNamespace(stamp=stamp))


def test_sorts_joints_by_name() -> None:
    state = read_state(_state(), Topics().joints, 100.0, 3)
    np.testing.assert_array_equal(state.position, [range(8, 16), range(8)])
    np.testing.assert_array_equal(state.velocity, 0.0)
    assert state.sequence == 3
    assert 98.9 < state.time <= 100.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": [f"joint{i}" for i in range(17)]}, "lacks openarm_left_joint1, .* It has: joint0"),
        ({"position": [0.0] * 16}, "position is .* Valid: 17 finite numbers"),
        ({"velocity": [float("inf")] * 17}, "velocity is .*inf"),
    ],
)
def test_refuses_torn_states(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(TornMessageError, match=words):
        read_state(_state(**changes), Topics().joints, 0.0, 0)


def _image(encoding: str = "rgb8", step: int = 8, size: int = 16) -> Any:
    return SimpleNamespace(encoding=encoding, width=2, height=2, step=step, data=bytes(range(size)))


def test_reads_pictures() -> None:
    np.testing.assert_array_equal(read_image(_image())[1, 1], [11, 12, 13])  # rows of 8 bytes, 2 of them padding
    np.testing.assert_array_equal(read_image(_image("bgr8"))[1, 1], [13, 12, 11])


@pytest.mark.parametrize(("image", "words"), [(_image("mono8"), "Valid: rgb8, bgr8"), (_image(size=15), "15 bytes")])
def test_refuses_torn_pictures(image: Any, words: str) -> None:
    with pytest.raises(TornMessageError, match=words):
        read_image(image)
