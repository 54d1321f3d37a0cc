"""Any robot that speaks ros2_control: JointTrajectory out, JointState and Image in.

`joint_trajectory_controller` takes a trajectory whenever one comes, plays it from where the arm is, with straight lines
between positions, and holds its end: so the tail of a command lives on the robot's side and brings it to a standstill
even if this process dies. Run over DDS against `nodes/trajectory_follower`, a simulated controller in another process;
not yet against a controller manager.
"""

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from lacelab.envs.spec import SIDES

from ..clock import Clock, WallClock
from ..exceptions import ConnectionLostError, ConnectionRefusedError, TornMessageError
from ..playback import Playback
from ..robot import Array, Command, Frame, JointState
from .ros2_link import EXTRA, Ros2Link
from .vendors import vendor

_START = 20.0  # s until the controllers are found
_DISCOVERY = 1.5  # s until DDS has found whoever else is there
_ACKNOWLEDGE = 0.2  # s for the ramp to reach the controllers
_SILENCE = 1.0  # s without a state after which the wire counts as down


@dataclass(frozen=True)
class Topics:
    """Names on the robot's side; the defaults are those of the OpenArm's ROS 2 description.

    Attributes:
        controllers: left and right joint trajectory controller.
        joints: their joints, (2, 8), seven of the arm and the finger.
        states: topic of the joint states.
        cameras: `spec.PIXEL_KEYS` -> topic of raw pictures.
    """

    controllers: tuple[str, str] = ("left_joint_trajectory_controller", "right_joint_trajectory_controller")
    joints: tuple[tuple[str, ...], ...] = tuple(
        (*(f"openarm_{side}_joint{i}" for i in range(1, 8)), f"openarm_{side}_finger_joint1") for side in SIDES
    )
    states: str = "/joint_states"
    cameras: Mapping[str, str] = field(
        default_factory=lambda: {name: f"/{name}/image_raw" for name in ("head", "wrist_left", "wrist_right")}
    )

    def trajectory(self, arm: int) -> str:
        """Topic on which a controller takes trajectories."""
        return f"/{self.controllers[arm]}/joint_trajectory"


class Ros2Robot:
    """Two arms, each behind a joint trajectory controller."""

    def __init__(self, topics: Topics | None = None, domain: int | None = None, clock: Clock | None = None) -> None:
        """Describe the robot; nothing is opened before `connect`.

        Args:
            topics: names on the robot's side.
            domain: ROS domain; None takes ROS_DOMAIN_ID.
            clock: of states and commands; the wall clock by default.
        """
        self._topics = topics or Topics()
        self._clock = clock or WallClock()
        self.link = Ros2Link(domain=domain)
        self._lock = threading.Lock()
        self._state: JointState | None = None
        self._fault: Exception | None = None
        self._playback: Playback | None = None
        self._publishers: list[Any] = []

    @property
    def name(self) -> str:
        """What it is."""
        return "ros2"

    @property
    def clock(self) -> Clock:
        """The clock of states and commands."""
        return self._clock

    def connect(self) -> None:
        """Find the controllers and wait for a first state; refuses to be the second commander."""
        if self.link.is_open:
            return
        self.link.open()
        self._state = self._fault = self._playback = None
        with contextlib.ExitStack() as undo:
            undo.callback(self.link.close)
            self.link.subscribe(vendor("sensor_msgs.msg", EXTRA).JointState, self._topics.states, self._receive)
            self._wait_for(self._has_state, f"No joint state came on {self._topics.states}")
            self._refuse_second_commander()
            message = vendor("trajectory_msgs.msg", EXTRA).JointTrajectory
            self._publishers = [self.link.publisher(message, self._topics.trajectory(arm)) for arm in range(2)]
            self._wait_for(self._is_heard, f"No controller listens on {self._topics.trajectory(0)}")
            undo.pop_all()

    def state(self) -> JointState:
        """Return the newest state."""
        self.link.node  # noqa: B018  # Raises if it is closed.
        with self._lock:
            state, fault = self._state, self._fault
        if fault is not None:
            raise fault
        silence = np.inf if state is None else self._clock.now() - state.received
        if state is None or silence > _SILENCE:
            raise ConnectionLostError(f"No joint state came for {silence:.2f} s on {self._topics.states}.")
        return state

    def command(self, command: Command) -> Command:
        """Send set-points and tail as one trajectory for each arm."""
        state = self.state()
        playback = self._playback or Playback(state.position)
        playback.play(command, self._clock.now())
        self._playback = playback
        self._publish(np.concatenate([command.setpoints, command.tail]), command.period)
        return command

    def stop(self) -> None:
        """Send a ramp to a standstill."""
        if self._playback is not None and self.link.is_open:
            now = self._clock.now()
            self._playback.brake(now)
            self._publish(*self._playback.rest(now))
            timeout = vendor("rclpy.duration", EXTRA).Duration(seconds=_ACKNOWLEDGE)
            for publisher in self._publishers:
                publisher.wait_for_all_acked(timeout)

    def close(self) -> None:
        """Stop, and take the node down."""
        self.stop()
        self.link.close()
        self._playback = None

    def _publish(self, rows: Array, period: float) -> None:
        """Send rows (n, 2, 8) [rad], the first of them due after one period [s]."""
        messages = vendor("trajectory_msgs.msg", EXTRA)
        duration = vendor("builtin_interfaces.msg", EXTRA).Duration
        times = [round((i + 1) * period * 1e9) for i in range(len(rows))]
        for arm, publisher in enumerate(self._publishers):
            points = [
                messages.JointTrajectoryPoint(
                    positions=row.tolist(), time_from_start=duration(sec=t // 10**9, nanosec=t % 10**9)
                )
                for row, t in zip(rows[:, arm], times, strict=True)
            ]
            publisher.publish(messages.JointTrajectory(joint_names=list(self._topics.joints[arm]), points=points))

    def _receive(self, message: Any) -> None:
        """Take a JointState of the robot (called by the node's thread)."""
        now = self._clock.now()
        with self._lock:
            sequence = 0 if self._state is None else self._state.sequence + 1
            try:
                self._state = read_state(message, self._topics.joints, now, sequence)
                self._fault = None
            except TornMessageError as error:
                self._fault = error

    def _has_state(self) -> bool:
        return self._state is not None

    def _is_heard(self) -> bool:
        return all(publisher.get_subscription_count() > 0 for publisher in self._publishers)

    def _refuse_second_commander(self) -> None:
        """Look for other commanders until discovery has had the time to find them."""
        deadline = self._clock.now() + _DISCOVERY
        while self._clock.now() < deadline:
            for arm in range(2):
                topic = self._topics.trajectory(arm)
                others = self.link.node.get_publishers_info_by_topic(topic)
                if others:
                    raise ConnectionRefusedError(f"Another node already commands {topic}: stop it first.")
            time.sleep(0.05)

    def _wait_for(self, condition: Any, complaint: str) -> None:
        deadline = self._clock.now() + _START
        while not condition():
            if self._clock.now() > deadline:
                raise ConnectionLostError(f"{complaint} within {_START:g} s.")
            time.sleep(0.005)


class Ros2Cameras:
    """Raw pictures by topic."""

    def __init__(self, robot: Ros2Robot, topics: Topics | None = None) -> None:
        """Describe the cameras; they share the robot's node and come after it."""
        self._link, self._clock = robot.link, robot.clock
        self._topics = dict((topics or Topics()).cameras)
        self._lock = threading.Lock()
        self._frames: dict[str, Frame] = {}

    def connect(self) -> None:
        """Subscribe, and wait for a first picture of each."""
        image = vendor("sensor_msgs.msg", EXTRA).Image
        for name, topic in self._topics.items():
            self._link.subscribe(image, topic, partial(self._receive, name))
        deadline = self._clock.now() + _START
        while missing := [name for name in self._topics if name not in self._frames]:
            if self._clock.now() > deadline:
                raise ConnectionLostError(f"No picture came from {', '.join(missing)} within {_START:g} s.")
            time.sleep(0.01)

    def frames(self) -> Mapping[str, Frame]:
        """Return the newest picture of every camera at once."""
        self._link.node  # noqa: B018  # Raises if it is closed.
        with self._lock:
            return dict(self._frames)

    def close(self) -> None:
        """Forget the pictures; the node is taken down by the robot."""
        self._frames.clear()

    def _receive(self, name: str, message: Any) -> None:
        now = self._clock.now()
        image = read_image(message)
        with self._lock:
            number = self._frames[name].sequence + 1 if name in self._frames else 0
            self._frames[name] = Frame(now - _age(message.header.stamp), now, number, image)


def read_state(message: Any, joints: tuple[tuple[str, ...], ...], now: float, sequence: int) -> JointState:
    """Return a ROS JointState in our order; other joints in it are left out.

    Raises:
        TornMessageError: a joint is missing or a value is not finite.
    """
    place = {name: i for i, name in enumerate(message.name)}
    missing = [name for arm in joints for name in arm if name not in place]
    if missing:
        raise TornMessageError(f"A joint state lacks {', '.join(missing)}. It has: {', '.join(message.name)}.")
    order = np.array([[place[name] for name in arm] for arm in joints])
    columns = []
    for name in ("position", "velocity", "effort"):
        values = np.array(getattr(message, name), float)
        if values.size == 0 and name != "position":
            values = np.zeros(len(place))  # Optional in the message.
        if values.size != len(place) or not np.isfinite(values).all():
            raise TornMessageError(f"A joint state's {name} is {values}. Valid: {len(place)} finite numbers.")
        columns.append(values[order])
    return JointState(now - _age(message.header.stamp), now, sequence, *columns)


def read_image(message: Any) -> Any:
    """Return a raw picture (height, width, 3) uint8 RGB.

    Raises:
        TornMessageError: it is incomplete, or neither rgb8 nor bgr8.
    """
    if message.encoding not in ("rgb8", "bgr8"):
        raise TornMessageError(f"A picture is encoded as '{message.encoding}'. Valid: rgb8, bgr8.")
    data = np.frombuffer(message.data, np.uint8)
    if data.size != message.height * message.step or message.step < 3 * message.width:
        raise TornMessageError(f"A picture of {message.width} x {message.height} has {data.size} bytes.")
    image = data.reshape(message.height, message.step)[:, : 3 * message.width].reshape(message.height, -1, 3)
    return np.ascontiguousarray(image if message.encoding == "rgb8" else image[:, :, ::-1])


def _age(stamp: Any) -> float:
    """Return how old a stamp is by this computer's system clock [s]; none is from the future."""
    return max(0.0, (time.time_ns() - (stamp.sec * 10**9 + stamp.nanosec)) * 1e-9)
