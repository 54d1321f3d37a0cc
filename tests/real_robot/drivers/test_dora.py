"""The maker's simulated follower in a real dataflow: coordinator, daemon and node are processes."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import yaml

from lacelab.real_robot.drivers.dataflow import Dataflow
from lacelab.real_robot.drivers.dora import HARDWARE, SIMULATED, SIMULATED_SHOE, DoraRobot, decode_jpeg, joint_state
from lacelab.real_robot.drivers.dora_link import Message
from lacelab.real_robot.exceptions import ConnectionLostError, NotConnectedError, TornMessageError
from lacelab.real_robot.robot import Command


@pytest.fixture
def robot() -> Iterator[DoraRobot]:
    robot = DoraRobot()
    yield robot
    robot.close()


def _nodes(descriptor: Path) -> dict[str, dict[str, object]]:
    return {node["id"]: node for node in yaml.safe_load(descriptor.read_text())["nodes"]}


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def test_moves_the_makers_follower_and_fails_when_it_is_killed(robot: DoraRobot) -> None:
    with pytest.raises(NotConnectedError, match=r"call connect\(\) first"):
        robot.state()
    robot.connect()
    robot.connect()  # A second call changes nothing.
    first = robot.state()
    goal = first.position.copy()
    goal[:, 3] -= 0.15
    rows = np.linspace(first.position, goal, 21)[1:]
    sent = robot.command(Command(1, robot.clock.now(), 0.02, rows, rows[:0]))
    np.testing.assert_array_equal(sent.setpoints, rows)
    time.sleep(1.2)
    last = robot.state()
    assert last.sequence > first.sequence + 10
    assert 0.0 <= robot.clock.now() - last.time < 0.5
    np.testing.assert_allclose(last.position[:, 3], goal[:, 3], atol=0.05)

    daemon = robot.link.dataflow._processes[1].pid
    os.kill(_children(daemon)[0], signal.SIGKILL)
    deadline = time.monotonic() + 5.0
    with pytest.raises(ConnectionLostError, match="The dataflow ended"):
        while time.monotonic() < deadline:
            robot.state()
            time.sleep(0.01)
    robot.close()
    assert not robot.link.dataflow.running


def test_reports_what_dora_says(tmp_path: Path) -> None:
    descriptor = tmp_path / "broken.yaml"
    descriptor.write_text("nodes:\n  - id: follower\n    nonsense: 1\n")
    with pytest.raises(ConnectionLostError, match=r"dora did not start broken\.yaml: .*nonsense"):
        DoraRobot(Dataflow(descriptor)).connect()


@pytest.mark.parametrize("other", [HARDWARE, SIMULATED_SHOE])
def test_our_node_is_the_same_in_every_dataflow(other: Path) -> None:
    ours, theirs = (_nodes(descriptor)["lacelab"] for descriptor in (SIMULATED, other))
    assert ours["outputs"] == theirs["outputs"]
    for name in ("state_left", "state_right"):
        assert name in theirs["inputs"]  # type: ignore[operator]


def _message(**changes: object) -> Message:
    arm: dict[str, object] = {key: np.arange(8.0).tolist() for key in ("qpos", "qvel", "qtorque")}
    return Message(pyarrow.array([arm | changes]), 1.0, 1.1, 7)


def test_reads_states() -> None:
    state = joint_state([_message(), _message(qpos=[2.0] * 8)], 7)
    assert (state.time, state.received, state.sequence) == (1.0, 1.1, 7)
    np.testing.assert_array_equal(state.position[1], 2.0)
    np.testing.assert_array_equal(state.torque[0], np.arange(8.0))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"qpos": [1.0] * 7}, TornMessageError, "'qpos' is .* Valid: 8 finite numbers"),
        ({"qvel": [float("nan")] * 8}, TornMessageError, "'qvel' is .nan"),
        ({"qtorque": None}, TornMessageError, "not what the maker's nodes send|Valid: 8"),
        ({"motor_status": ["ENABLED"] * 6 + ["SILENT"] * 2}, ConnectionLostError, r"Motors \[7, 8\] are silent"),
        ({"bus": {"carrier": False}}, ConnectionLostError, "no carrier"),
    ],
)
def test_refuses_bad_states(changes: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        joint_state([_message(), _message(**changes)], 1)


def test_refuses_torn_pictures() -> None:
    with pytest.raises(TornMessageError, match="5 bytes are no JPEG picture"):
        decode_jpeg(np.arange(5, dtype=np.uint8))
