"""The client's end of the twin's wire: requests, answers, and what is pushed in between."""

import contextlib
import queue
import threading
import time
from collections.abc import Mapping
from typing import Any

from ..exceptions import (
    ConnectionLostError,
    ConnectionRefusedError,
    DriverMissingError,
    InvalidCommandError,
    NotConnectedError,
    RobotError,
    TornMessageError,
)
from .tls import Credentials
from .wire import decode, encode

_TIMEOUT = 60.0  # s, for an answer; building another task's world takes a few
_LARGEST = 16 * 2**20  # bytes of a message
_PINGS = 8
_ERRORS = {
    error.__name__: error
    for error in (ConnectionRefusedError, InvalidCommandError, NotConnectedError, TornMessageError)
}

Message = dict[str, Any]


class TwinLink:
    """One connection; closed and opened again by `connect`."""

    def __init__(self, address: str, role: str = "commander", credentials: Credentials | None = None) -> None:
        """Describe a connection to `ws://host:port`, or `wss://` with credentials."""
        self.address, self._role, self._credentials = address, role, credentials
        self._connection: Any = None
        self._stack = contextlib.ExitStack()
        self._reader: threading.Thread | None = None
        self._answers: queue.Queue[Message] = queue.Queue()
        self._lost: Exception | None = None
        self._failure: Message | None = None
        self._number = 0
        self.lockstep = False
        self.offset = 0.0  # s, of the twin's clock against ours
        self.newest: Message = {}
        self.received = 0.0  # s, when the newest came
        self.now = 0.0  # s, the twin's clock in lock-step

    @property
    def connected(self) -> bool:
        """Whether the connection is open."""
        return self._connection is not None and self._lost is None

    def connect(self) -> None:
        """Open the connection, say who we are, compare the clocks and wait for a first state.

        Raises:
            DriverMissingError: `websockets` is not installed.
            ConnectionLostError: nobody answers there.
            ConnectionRefusedError: somebody else commands the twin, or it does not trust us.
        """
        if self.connected:
            return
        self.close()
        self._connection = self._open()
        self._lost, self._failure, self._answers = None, None, queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(self._connection,), daemon=True)
        self._reader.start()
        try:
            self.lockstep = self.ask("hello", role=self._role)["lockstep"]
            if self._role == "commander":
                self._take(self.ask("state"))
                self.offset = self._compare_clocks()
        except RobotError:
            self.close()
            raise

    def ask(self, request: str, **values: Any) -> Message:
        """Send a request and return its answer.

        Raises:
            NotConnectedError: there is no connection.
            ConnectionLostError: the connection broke.
            RobotError: what the twin says against it.
        """
        self._number += 1
        number = self._number
        self._send({"do": request, "id": number, **values})
        while True:
            try:
                answer = self._answers.get(timeout=_TIMEOUT)
            except queue.Empty:
                raise ConnectionLostError(f"The twin at {self.address} does not answer '{request}'.") from None
            if answer.get("id") == number:
                return _checked(answer)
            self._check()

    def tell(self, request: str, **values: Any) -> None:
        """Send what has no answer; what the twin says against it is raised by the next call."""
        self._check()
        self._send({"do": request, "id": None, **values})

    def advance(self, until: float) -> None:
        """In lock-step: let the twin simulate up to an instant [s]."""
        self._take(self.ask("advance", until=until))

    def reset(self, task: str, difficulty: str, seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
        """Begin an episode and return what the simulator's reset says."""
        answer = self.ask("reset", task=task, difficulty=difficulty, seed=seed, options=dict(options))
        self._take(answer)
        info: dict[str, Any] = answer["info"]
        return info

    def capture(self) -> Message:
        """Return the newest state.

        Raises:
            NotConnectedError: there is no connection.
            ConnectionLostError: the connection broke.
        """
        self._check()
        return self.newest

    def close(self) -> None:
        """Close the connection; a second call changes nothing."""
        if self._connection is not None:
            self._connection = None
            self._stack.close()
        if self._reader is not None:
            self._reader.join()
            self._reader = None

    # Helpers.

    def _open(self) -> Any:
        try:
            from websockets.exceptions import WebSocketException
            from websockets.sync.client import connect
        except ImportError as error:
            raise DriverMissingError("The twin needs WebSockets: pip install 'lacelab[remote]'.") from error
        context = self._credentials.client_context() if self._credentials else None
        try:
            connection = connect(
                self.address, ssl=context, max_size=_LARGEST, compression=None, proxy=None, ping_interval=None
            )
            return self._stack.enter_context(connection)
        except (OSError, TimeoutError, WebSocketException, EOFError) as error:
            raise ConnectionLostError(f"No twin answers at {self.address}: {error}.") from error

    def _send(self, message: Message) -> None:
        if self._connection is None:
            raise NotConnectedError(f"The twin at {self.address} is not connected: call connect() first.")
        try:
            self._connection.send(encode(message))
        except Exception as error:
            raise ConnectionLostError(f"The connection to {self.address} is lost: {error}.") from error

    def _read(self, connection: Any) -> None:
        """Receive until the connection ends."""
        try:
            for data in connection:
                message = decode(data)
                if message["id"] == "push":
                    self._take(message)
                elif message["id"] is None:
                    self._failure = message
                else:
                    self._answers.put(message)
            raise EOFError("closed by the other side")
        except Exception as error:  # noqa: BLE001 (kept, and raised where somebody waits)
            self._lost = error
            self._answers.put({"id": None})

    def _take(self, message: Message) -> None:
        self.newest, self.now, self.received = message["capture"], message["now"], time.monotonic()

    def _check(self) -> None:
        if self._connection is None:
            raise NotConnectedError(f"The twin at {self.address} is not connected: call connect() first.")
        if isinstance(self._lost, TornMessageError):
            raise self._lost
        if self._lost is not None:
            raise ConnectionLostError(f"The connection to {self.address} is lost: {self._lost}.") from self._lost
        if self._failure is not None:
            failure, self._failure = self._failure, None
            _checked(failure)

    def _compare_clocks(self) -> float:
        """Return how far the twin's clock is ahead of ours [s], from the quickest of a few answers."""
        if self.lockstep:
            return float(self.ask("time")["time"]) - self.now
        trips = []
        for _ in range(_PINGS):
            start = time.monotonic()
            there = float(self.ask("time")["time"])
            end = time.monotonic()
            trips.append((end - start, there - (start + end) / 2))
        return min(trips)[1]


def _checked(answer: Message) -> Message:
    """Return an answer; raise what it says against the request."""
    if "error" in answer:
        raise _ERRORS.get(answer["kind"], RobotError)(answer["error"])
    return answer
