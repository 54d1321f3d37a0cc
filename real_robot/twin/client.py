"""The twin as a robot, as cameras and as a stage; the three share one link."""

from collections.abc import Mapping
from typing import Any, Protocol

from ..clock import Clock, WallClock
from ..exceptions import ConnectionLostError, FaultLatchedError, NotConnectedError
from ..robot import Command, Frame, JointState, Look


class Link(Protocol):
    """What `link.TwinLink` and `local.LocalLink` have in common."""

    offset: float

    @property
    def lockstep(self) -> bool:
        """Whether time stands still until somebody sleeps."""
        ...

    @property
    def connected(self) -> bool:
        """Whether it is open."""
        ...

    @property
    def now(self) -> float:
        """The twin's clock in lock-step [s]."""
        ...

    @property
    def received(self) -> float:
        """When the newest state came, on this computer's clock [s]."""
        ...

    def connect(self) -> None:
        """Open it."""
        ...

    def capture(self) -> dict[str, Any]:
        """Return the newest state."""
        ...

    def ask(self, request: str, **values: Any) -> dict[str, Any]:
        """Return the answer to a request."""
        ...

    def tell(self, request: str, **values: Any) -> None:
        """Send what has no answer."""
        ...

    def advance(self, until: float) -> None:
        """In lock-step: simulate up to an instant [s]."""
        ...

    def reset(self, task: str, difficulty: str, seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
        """Begin an episode."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class TwinClock:
    """The simulated clock of a twin in lock-step: to sleep is to let it simulate."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def now(self) -> float:
        """Return the time [s]."""
        return self._link.now

    def sleep_until(self, instant: float) -> None:
        """Simulate up to an instant [s]."""
        if instant > self._link.now + 1e-9:
            self._link.advance(instant)


class TwinRobot:
    """A `robot.Robot`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._wall, self._simulated = WallClock(), TwinClock(link)

    @property
    def name(self) -> str:
        """What it is."""
        return "twin"

    @property
    def clock(self) -> Clock:
        """The twin's own clock in lock-step, else this computer's."""
        return self._simulated if self._link.lockstep else self._wall

    def connect(self) -> None:
        """Open the link."""
        self._link.connect()

    def state(self) -> JointState:
        """Return the newest state that has arrived."""
        capture = self._link.capture()
        time = capture["time"] - self._link.offset
        received = self._link.now if self._link.lockstep else self._link.received
        return JointState(
            time, received, capture["sequence"], capture["position"], capture["velocity"], capture["torque"]
        )

    def command(self, command: Command) -> Command:
        """Send a command.

        Raises:
            FaultLatchedError: the twin holds the arms until somebody connects anew.
        """
        held = self._link.capture()["held"]
        if held:
            raise FaultLatchedError(f"The twin holds the arms: {held}.")
        self._link.tell(
            "command",
            sequence=command.sequence,
            time=command.time,
            period=command.period,
            setpoints=command.setpoints,
            tail=command.tail,
        )
        return command

    def stop(self) -> None:
        """Let the twin play the way to a standstill."""
        if self._link.connected:
            self._link.ask("stop")

    def close(self) -> None:
        """Stop and close the link."""
        try:
            self.stop()
        except (ConnectionLostError, NotConnectedError):
            self._link.close()  # Who cannot be told stops by itself.
        self._link.close()


class TwinCameras:
    """`robot.Cameras` of the twin."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def connect(self) -> None:
        """Open the link."""
        self._link.connect()

    def frames(self) -> dict[str, Frame]:
        """Render and return the newest pictures."""
        pictures = self._link.ask("pictures")
        time = pictures["time"] - self._link.offset
        received = self._link.now if self._link.lockstep else self._link.received
        images = pictures["images"].items()
        return {name: Frame(time, received, pictures["sequence"], image) for name, image in images}

    def close(self) -> None:
        """Leave the link to the robot."""


class TwinStage:
    """A `robot.Stage`: the scene of the twin."""

    tells_everything = True

    def __init__(self, link: Link) -> None:
        self._link = link

    def reset(self, task: str, difficulty: str, seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
        """Begin an episode."""
        return self._link.reset(task, difficulty, seed, options)

    def look(self) -> Look:
        """Return the newest knowledge of the scene, with the full state of the physics."""
        capture = self._link.capture()
        received = self._link.now if self._link.lockstep else self._link.received
        time = capture["time"] - self._link.offset
        return Look(time, received, capture["sequence"], capture["values"], capture["info"], capture["physics"])
