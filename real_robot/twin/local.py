"""The twin in this process: the same robot without a wire, for tests and quick studies."""

from collections.abc import Mapping
from typing import Any

from ..exceptions import NotConnectedError
from ..robot import Command
from .world import TwinWorld


class LocalLink:
    """Stands in for `link.TwinLink` in lock-step."""

    lockstep = True
    received = 0.0

    def __init__(self, world: TwinWorld, seed: int = 0) -> None:
        self._world = world
        self.connected = False
        self.offset = world.settings.clock_offset
        world.reset(seed, {})

    @property
    def now(self) -> float:
        """Simulated time [s]."""
        return self._world.now

    def connect(self) -> None:
        """Begin to command."""
        if not self.connected:
            self._world.release()
        self.connected = True

    def capture(self) -> dict[str, Any]:
        """Return the newest state."""
        self._check()
        return self._world.capture()

    def ask(self, request: str, **values: Any) -> dict[str, Any]:
        """Answer a request that has no method of its own."""
        self._check()
        if request == "stop":
            self._world.brake("stopped by the operator")
            return {}
        return self._world.pictures(self._world.expose())

    def tell(self, request: str, **values: Any) -> None:
        """Take a command."""
        self._check()
        self._world.send(Command(**values))

    def advance(self, until: float) -> None:
        """Simulate up to an instant [s]."""
        self._world.advance(until)

    def reset(self, task: str, difficulty: str, seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
        """Begin an episode of the world's own task."""
        return self._world.reset(seed, options)

    def close(self) -> None:
        """End."""
        self.connected = False

    def _check(self) -> None:
        if not self.connected:
            raise NotConnectedError("The twin in this process is not connected: call connect() first.")
