"""The interface that every robot offers: joints, cameras and the scene, each apart.

Joint arrays have shape (2, 8): left and right arm, seven joints and the first finger joint, in the maker's
coordinates (`openarm-mujoco`): radians, the right finger opens towards negative angles. Times are seconds on the
robot object's own `clock`; a driver whose device stamps on another clock converts before it hands a state out.

A driver implements `Robot`. It is used from one thread; what it runs in the background is its own business. Nothing
talks to a driver but the safety layer (`safety.py`), which wraps it and is itself a `Robot`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .clock import Clock
from .exceptions import InvalidCommandError

Array = NDArray[np.float64]

JOINTS_PER_ARM = 8  # seven joints and one finger joint


@dataclass(frozen=True)
class JointState:
    """What the joints do at one instant.

    Attributes:
        time: when it was measured [s].
        received: when it arrived here [s]; `time` where the driver cannot tell.
        sequence: rises with every new measurement; a repeated number is a stale state.
        position: (2, 8) [rad].
        velocity: (2, 8) [rad/s].
        torque: (2, 8) [N m].
    """

    time: float
    received: float
    sequence: int
    position: Array
    velocity: Array
    torque: Array


@dataclass(frozen=True)
class Command:
    """Joint set-points to be played one after the other from now on, in place of what is still being played.

    Attributes:
        sequence: rises by one with every command.
        time: when it was issued [s].
        period: between two set-points [s]; the first is due one period after the start.
        setpoints: (n, 2, 8) position targets [rad].
        tail: (m, 2, 8) [rad] to be played after the set-points if no further command has come by then: the safety
            layer's way to a standstill. After the tail, the last set-point is held.
        motion: (n + m, 2, 8) where the arms are meant to be at these set-points [rad]: the set-points run ahead of it
            to make up for the servos' lag. Filled in by the safety layer; joint controllers with a velocity input of
            their own follow this one.
    """

    sequence: int
    time: float
    period: float
    setpoints: Array
    tail: Array
    motion: Array | None = None

    def __post_init__(self) -> None:
        for name, rows in (("setpoints", self.setpoints), ("tail", self.tail)):
            if rows.ndim != 3 or rows.shape[1:] != (2, JOINTS_PER_ARM):
                raise InvalidCommandError(f"The {name} have shape {rows.shape}. Valid: (n, 2, {JOINTS_PER_ARM}).")
        if len(self.setpoints) == 0:
            raise InvalidCommandError("A command needs at least one set-point.")
        if not self.period > 0:
            raise InvalidCommandError(f"A period of {self.period} s between set-points is not > 0.")

    @property
    def duration(self) -> float:
        """How long the set-points last, without the tail [s]."""
        return len(self.setpoints) * self.period


class Robot(Protocol):
    """Two arms behind a wire."""

    @property
    def name(self) -> str:
        """What it is, for reports: "openarm", "ros2", "twin", ..."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock of states and commands."""
        ...

    def connect(self) -> None:
        """Open the wire and wait until a first state has come; a second call changes nothing.

        The numbers of commands begin anew, and what the robot has latched is released.

        Raises:
            DriverMissingError: a package is not installed.
            ConnectionLostError: nobody answers.
            ConnectionRefusedError: somebody else commands the robot, or we are not who we should be.
        """
        ...

    def state(self) -> JointState:
        """Return the newest state at once, without waiting for another; it may be old, its times tell.

        Raises:
            NotConnectedError: before `connect` and after `close`.
            ConnectionLostError: the wire is down.
        """
        ...

    def command(self, command: Command) -> Command:
        """Send set-points and return at once with what was really sent.

        Raises:
            NotConnectedError: before `connect` and after `close`.
            ConnectionLostError: the wire is down.
            InvalidCommandError: not finite, or not newer than the last one.
            FaultLatchedError: the robot itself has latched something; connect anew.
        """
        ...

    def stop(self) -> None:
        """Bring the arms to a standstill as gently as the wire allows, and hold; safe to call at any time."""
        ...

    def close(self) -> None:
        """Stop, and close the wire; a second call changes nothing. `connect` opens it again."""
        ...


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        time: when it was exposed [s].
        received: when it arrived here [s].
        sequence: rises with every new picture; a repeated number is a frozen camera.
        image: (height, width, 3) uint8 RGB.
    """

    time: float
    received: float
    sequence: int
    image: NDArray[np.uint8]


class Cameras(Protocol):
    """The cameras of `spec.PIXEL_KEYS`, or some of them."""

    def connect(self) -> None:
        """Open them and wait for a first picture of each."""
        ...

    def frames(self) -> Mapping[str, Frame]:
        """Return the newest picture of every camera at once.

        Raises:
            NotConnectedError: before `connect` and after `close`.
            ConnectionLostError: a camera is gone.
        """
        ...

    def close(self) -> None:
        """Close them; a second call changes nothing."""
        ...


@dataclass(frozen=True)
class Look:
    """What is known about shoe and laces at one instant.

    Attributes:
        time: when it was seen [s].
        received: when it arrived here [s].
        sequence: rises with every new look.
        values: the keys of `spec.STATE_KEYS` that concern shoe and laces (`SCENE_KEYS`), as far as they are known.
        info: what judges the episode (`is_success`, `stage`, ...), as far as it is known.
        physics: the full state of the simulation behind the scene (`Simulation.get_state`), where there is one.
    """

    time: float
    received: float
    sequence: int
    values: Mapping[str, NDArray[Any]]
    info: Mapping[str, Any]
    physics: Array | None = None


SCENE_KEYS = (
    *("aglet_position", "aglet_axis", "lace_points", "eyelet_position", "eyelet_axis"),
    *("threaded", "pulled_through"),
)


class Stage(Protocol):
    """Where an episode takes place: puts the scene at its beginning, looks at it, judges it.

    Served by the twin; on hardware by a person, with or without a perception node.
    """

    def reset(self, task: str, difficulty: str, seed: int, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put the scene at the beginning of an episode and return what a simulator's reset adds to `info`."""
        ...

    def look(self) -> Look:
        """Return the newest knowledge of the scene."""
        ...
