"""Serves a twin over WebSocket, in lock-step or in real time. One commander at a time; an operator may always stop it."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.protocol import State
from websockets.sync.server import Server, ServerConnection, serve

from lacelab.envs.exceptions import LaceLabError

from ..exceptions import ConnectionRefusedError, InvalidCommandError
from ..robot import Command
from .settings import PUBLISHING_PERIOD, TwinSettings
from .tls import Credentials, check_exposure
from .wire import decode, encode
from .world import TwinWorld

ROLES = ("commander", "operator")
_LARGEST = 16 * 2**20  # bytes of a message
_AT_ONCE = 0.05  # s, most that is simulated before others get their turn

Message = dict[str, Any]


class TwinServer:
    """A world, whoever commands it, and its clock."""

    def __init__(self, world: TwinWorld, lockstep: bool, seed: int = 0, breakable: bool = False) -> None:
        self._world, self._lockstep, self._breakable = world, lockstep, breakable
        self._lock = threading.RLock()
        self._commander: ServerConnection | None = None
        self._server: Server | None = None
        self._closing = threading.Event()
        world.reset(seed, {})
        self._origin = time.monotonic() - world.now

    def run(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        credentials: Credentials | None = None,
        on_port: Callable[[int], None] = lambda port: None,
    ) -> None:
        """Serve until `close`.

        Raises:
            RobotError: other computers could connect without authentication.
        """
        check_exposure(host, credentials)
        context = credentials.server_context() if credentials else None
        with serve(self._handle, host, port, ssl=context, max_size=_LARGEST, compression=None) as server:
            self._server = server
            on_port(server.socket.getsockname()[1])
            ticker = threading.Thread(target=self._tick, daemon=True)
            if not self._lockstep:
                ticker.start()
            server.serve_forever()
            self._closing.set()
        if ticker.is_alive():
            ticker.join()
        self._world.close()

    def close(self) -> None:
        """End `run`."""
        self._closing.set()
        if self._server is not None:
            self._server.shutdown()

    # Helpers.

    def _handle(self, connection: ServerConnection) -> None:
        try:
            for data in connection:
                request: Message = {}
                try:
                    request = decode(data if isinstance(data, bytes) else data.encode())
                    answer = self._answer(connection, request)
                except LaceLabError as error:
                    answer = {"error": str(error), "kind": type(error).__name__}
                if answer is not None:
                    connection.send(encode({"id": request.get("id"), **answer}))
        except ConnectionClosed:
            pass  # The commander's death is noticed below and by the silence of its commands.
        finally:
            with self._lock:
                if self._commander is connection:
                    self._commander = None

    def _answer(self, connection: ServerConnection, request: Mapping[str, Any]) -> Message | None:
        requests: dict[str, Callable[[Mapping[str, Any]], Message | None]] = {
            "reset": self._reset,
            "command": self._command,
            "advance": self._advance,
            "configure": self._configure,
            "release": self._release,
        }
        kind = request.get("do")
        with self._lock:
            if kind == "hello":
                return self._greet(connection, request.get("role"))
            if kind == "time":
                return {"time": self._now() + self._world.settings.clock_offset}
            if kind == "stop":
                self._world.brake("stopped by the operator")
                return {}
            if kind == "state":
                return self._newest()
            if kind == "configure" and self._breakable:
                return self._configure(request)
            if kind not in (*requests, "pictures"):
                raise InvalidCommandError(
                    f"Unknown request {kind!r}. Valid: hello, pictures, state, stop, time, {', '.join(requests)}."
                )
            if self._commander is not connection:
                raise ConnectionRefusedError(f"'{kind}' is for the commander only: say hello as one first.")
            if kind != "pictures":
                return requests[kind](request)
            exposed = self._world.expose()
        return self._world.pictures(exposed)

    def _greet(self, connection: ServerConnection, role: Any) -> Message:
        if role not in ROLES:
            raise ConnectionRefusedError(f"Unknown role {role!r}. Valid: {', '.join(ROLES)}.")
        if role == "commander":
            before = self._commander
            # Who has hung up commands nothing, even before the thread that listens to them has noticed.
            if before is not None and before is not connection and before.state is State.OPEN:
                raise ConnectionRefusedError("Somebody else commands this twin; only an operator may join.")
            self._commander = connection
            self._origin = time.monotonic() - self._world.now  # What it lagged behind before is forgotten.
            self._world.release()
        return {"lockstep": self._lockstep, "settings": asdict(self._world.settings)}

    def _reset(self, request: Mapping[str, Any]) -> Message:
        world, settings = (request["task"], request["difficulty"]), self._world.settings
        if world != (self._world.task, self._world.difficulty):
            self._world.close()
            self._world = TwinWorld(*world, settings)
            self._origin = time.monotonic() - self._world.now
        info = self._world.reset(request["seed"], request["options"])
        return {"info": info, "capture": self._world.capture(), "now": self._world.now}

    def _command(self, request: Mapping[str, Any]) -> None:
        names = ("sequence", "time", "period", "setpoints", "tail")
        self._world.send(Command(**{name: request[name] for name in names}))

    def _advance(self, request: Mapping[str, Any]) -> Message:
        if not self._lockstep:
            raise InvalidCommandError("This twin runs in real time by itself. Valid in lock-step only: advance.")
        self._world.advance(request["until"])
        return self._newest()

    def _newest(self) -> Message:
        return {"capture": self._world.capture(), "now": self._world.now}

    def _now(self) -> float:
        """Return the time on the twin's clock [s]; in real time the simulation follows it."""
        return self._world.now if self._lockstep else time.monotonic() - self._origin

    def _configure(self, request: Mapping[str, Any]) -> Message:
        self._world.configure(TwinSettings(**request["settings"]))
        return {}

    def _release(self, request: Mapping[str, Any]) -> Message:
        self._world.release()
        return {}

    def _tick(self) -> None:
        """Follow the wall clock, and push what is new; who lags behind catches up."""
        due = time.monotonic()
        while not self._closing.is_set():
            due += PUBLISHING_PERIOD
            time.sleep(max(0.0, due - time.monotonic()))
            with self._lock:
                left = time.monotonic() - self._origin - self._world.now
                self._world.advance(self._world.now + min(left, _AT_ONCE))
                commander, message = self._commander, {"id": "push", **self._newest()}
            if commander is not None:
                self._push(commander, message)

    def _push(self, commander: ServerConnection, message: Message) -> None:
        try:
            data = encode(message)
            commander.send(data[: len(data) // 2] if self._world.settings.torn else data)
        except ConnectionClosed:
            with self._lock:
                if self._commander is commander:
                    self._commander = None
