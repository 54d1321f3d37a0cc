"""OpenArm over dora, the maker's own stack: https://github.com/enactic.

Run for real against the maker's simulated follower (`dora-openarm-mujoco` 0.5.1); the hardware node (`dora-openarm` 1.3.0)
takes and gives the same messages, one node for each arm, but could not be run here.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lacelab.envs.spec import SIDES

from ..clock import Clock, WallClock
from ..exceptions import ConnectionLostError, TornMessageError
from ..robot import JOINTS_PER_ARM, Array, Command, Frame, JointState
from .dataflow import DATAFLOWS, Dataflow
from .dora_link import DoraLink, Message
from .vendors import vendor

SIMULATED = DATAFLOWS / "openarm-sim.yaml"
SIMULATED_SHOE = DATAFLOWS / "openarm-shoe.yaml"
HARDWARE = DATAFLOWS / "openarm.yaml"

CAMERAS = {"head": "camera_head_left", "wrist_left": "camera_wrist_left", "wrist_right": "camera_wrist_right"}
_STATES = tuple(f"state_{side}" for side in SIDES)


class DoraRobot:
    """A pair of OpenArms in a dora dataflow."""

    def __init__(self, dataflow: Dataflow | None = None, clock: Clock | None = None) -> None:
        """Describe the robot; nothing is started before `connect`.

        Args:
            dataflow: which nodes to start; the maker's simulated follower by default.
            clock: of states and commands; the wall clock by default.
        """
        self._clock = clock or WallClock()
        self.link = DoraLink(dataflow or Dataflow(SIMULATED), self._clock)
        self._last: JointState | None = None

    @property
    def name(self) -> str:
        """What it is."""
        return "openarm"

    @property
    def clock(self) -> Clock:
        """The clock of states and commands."""
        return self._clock

    def connect(self) -> None:
        """Start the dataflow and wait for both arms' first states."""
        self.link.open(_STATES)

    def state(self) -> JointState:
        """Return the newest state: the newest of each arm, as old as the older one."""
        messages = [self.link.message(name) for name in _STATES]
        sequence = min(message.number for message in messages)
        if self._last is None or sequence != self._last.sequence:
            self._last = joint_state(messages, sequence)
        return self._last

    def command(self, command: Command) -> Command:
        """Stream set-points from now on."""
        self.link.play(command, self.state().position)
        return command

    def stop(self) -> None:
        """Brake, and hold."""
        self.link.brake()

    def close(self) -> None:
        """Brake, then end the dataflow; the maker's hardware node then stops its motors."""
        self.link.brake()
        self.link.settle()
        self.link.close()
        self._last = None


class DoraCameras:
    """The cameras of a dataflow, JPEG on the wire."""

    def __init__(self, link: DoraLink, cameras: Mapping[str, str] = CAMERAS) -> None:
        """Describe the cameras.

        Args:
            link: of a robot; it is connected together with the robot.
            cameras: names of `spec.PIXEL_KEYS` -> inputs of the dataflow.
        """
        self._link, self._cameras = link, dict(cameras)
        self._images: dict[str, Frame] = {}

    def connect(self) -> None:
        """Wait for a first picture of each."""
        vendor("cv2", "openarm")
        self._link.open(tuple(self._cameras.values()))
        self._link.wait(tuple(self._cameras.values()))

    def frames(self) -> Mapping[str, Frame]:
        """Return the newest picture of every camera at once."""
        return {name: self._frame(name, self._link.message(source)) for name, source in self._cameras.items()}

    def close(self) -> None:
        """Forget the pictures; the link is closed by the robot."""
        self._images.clear()

    def _frame(self, name: str, message: Message) -> Frame:
        """Return a picture, decoded once."""
        last = self._images.get(name)
        if last is None or last.sequence != message.number:
            image = decode_jpeg(message.value.to_numpy())
            last = self._images[name] = Frame(message.taken, message.received, message.number, image)
        return last


def joint_state(messages: list[Message], sequence: int) -> JointState:
    """Return both arms' states as one.

    Raises:
        TornMessageError: a message is incomplete or not finite.
        ConnectionLostError: a motor or the CAN bus does not answer.
    """
    arms = [_read(message.value) for message in messages]
    joints = {key: np.array([arm[key] for arm in arms], float) for key in ("qpos", "qvel", "qtorque")}
    return JointState(
        min(message.taken for message in messages),
        min(message.received for message in messages),
        sequence,
        joints["qpos"],
        joints["qvel"],
        joints["qtorque"],
    )


def _read(value: Any) -> dict[str, Any]:
    """Return one arm's state, checked."""
    try:
        arm: dict[str, Any] = value[0].as_py()
        for key in ("qpos", "qvel", "qtorque"):
            _check(key, np.array(arm[key], float))
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise TornMessageError(f"A state is not what the maker's nodes send: {error}.") from error
    silent = [i + 1 for i, status in enumerate(arm.get("motor_status") or []) if status == "SILENT"]
    if silent or not (arm.get("bus") or {"carrier": True})["carrier"]:
        raise ConnectionLostError(f"Motors {silent} are silent." if silent else "The CAN bus has no carrier.")
    return arm


def _check(key: str, values: Array) -> None:
    if values.shape != (JOINTS_PER_ARM,) or not np.isfinite(values).all():
        raise TornMessageError(f"'{key}' is {values}. Valid: {JOINTS_PER_ARM} finite numbers.")


def decode_jpeg(data: Any) -> Any:
    """Return the picture (height, width, 3) uint8 RGB of JPEG bytes.

    Raises:
        TornMessageError: they are no picture.
    """
    cv2 = vendor("cv2", "openarm")
    image = cv2.imdecode(np.asarray(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise TornMessageError(f"{len(data)} bytes are no JPEG picture.")
    return image
