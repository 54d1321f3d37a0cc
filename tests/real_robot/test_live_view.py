"""The page is served with what the robot and its safety layer say, and cannot command."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import cv2
import gymnasium
import numpy as np
import pytest

from lacelab.real_robot import live_view
from lacelab.real_robot.clock import ManualClock
from lacelab.real_robot.faults import Fault, Intervention
from lacelab.real_robot.live_view import LiveView, snapshot
from lacelab.real_robot.mock import MockRobot
from lacelab.real_robot.robot import Frame
from lacelab.real_robot.safe_robot import SafeRobot


@pytest.fixture
def view() -> Iterator[LiveView]:
    view = LiveView()
    yield view
    view.close()


def _get(view: LiveView, path: str) -> bytes:
    with urllib.request.urlopen(view.address + path, timeout=5) as answer:
        body: bytes = answer.read()
        return body


def test_shows_joints_limits_faults_and_cameras(view: LiveView) -> None:
    robot = SafeRobot(MockRobot(ManualClock(5.0)))
    robot.connect()
    robot.journal.latch(Fault.OPERATOR, 5.0, "stopped by the operator")
    robot.journal.note((Intervention.VELOCITY,))
    picture = np.full((16, 16, 3), [250, 10, 10], np.uint8)
    frames = {"head": Frame(4.8, 4.9, 3, picture)}
    view.show(snapshot(robot.state(), robot.limits, robot.journal, frames, 5.1))
    shown = json.loads(_get(view, "state"))
    assert shown["age"] == pytest.approx(0.1)
    assert [len(arm) for arm in shown["joints"]] == [8, 8]
    joint = shown["joints"][1][3]
    assert joint["low"] < joint["position"] < joint["high"]
    assert joint["speed"] == 3.0
    assert shown["faults"] == [{"fault": "operator", "reason": "stopped by the operator"}]
    assert shown["interventions"]["velocity"] == 1
    assert shown["cameras"]["head"]["age"] == pytest.approx(0.3)
    data = np.frombuffer(base64.b64decode(shown["cameras"]["head"]["jpeg"]), np.uint8)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
    assert decoded is not None
    assert np.abs(decoded.astype(int) - picture).max() < 20
    robot.close()


class _World(gymnasium.Env[Any, Any]):
    looks = 0

    def snapshot(self) -> dict[str, Any]:
        self.looks += 1
        return {"age": self.looks}


def test_follows_a_world_a_few_times_a_second(view: LiveView, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [10.0]
    monkeypatch.setattr(live_view.time, "monotonic", lambda: now[0])
    world = _World()
    for _ in range(20):  # one second
        view.follow(gymnasium.Wrapper(world))
        now[0] += 0.05
    assert world.looks in (4, 5) and json.loads(_get(view, "state")) == {"age": world.looks}


def test_does_not_follow_what_tells_nothing(view: LiveView) -> None:
    view.follow(gymnasium.Env())
    assert json.loads(_get(view, "state")) == {}


def test_serves_the_page_on_loopback_only(view: LiveView) -> None:
    assert view.address.startswith("http://127.0.0.1:")
    assert b'fetch("state")' in _get(view, "")


@pytest.mark.parametrize(("path", "data", "code"), [("nowhere", None, 404), ("state", b"{}", 501)])
def test_answers_nothing_else(view: LiveView, path: str, data: bytes | None, code: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(urllib.request.Request(view.address + path, data), timeout=5)
    assert raised.value.code == code
    raised.value.close()
