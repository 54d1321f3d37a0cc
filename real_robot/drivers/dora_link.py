"""The thread that speaks dora: streams set-points, asks for states, keeps the newest message of every input."""

import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from lacelab.envs.spec import SIDES

from ..clock import Clock
from ..exceptions import ConnectionLostError, NotConnectedError
from ..playback import Playback
from ..robot import Array, Command
from .dataflow import EXTRA, Dataflow
from .vendors import vendor

NODE = "lacelab"
STREAM_PERIOD = 0.005  # s between set-points on the wire while the arms move
_HOLD_PERIOD = 0.05  # s between set-points on the wire while they rest
_REQUEST_PERIOD = 0.01  # s between questions for the state
_POLL = 0.002  # s
_SETTLE = 1.0  # s that a ramp to a standstill may take
_START = 30.0  # s until the nodes of a dataflow have come up


@dataclass(frozen=True)
class Message:
    """The newest message of one input.

    Attributes:
        value: an Arrow array.
        taken: when it was measured [s], on this robot's clock.
        received: when it came [s].
        number: how many came before it.
    """

    value: Any
    taken: float
    received: float
    number: int


class DoraLink:
    """One dataflow and our node in it."""

    def __init__(self, dataflow: Dataflow, clock: Clock) -> None:
        self.dataflow = dataflow
        self._clock = clock
        self._lock = threading.Lock()
        self._messages: dict[str, Message] = {}
        self._counts: dict[str, int] = {}  # goes on over restarts: numbers only rise
        self._playback: Playback | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._failure: str | None = None

    def open(self, wait_for: tuple[str, ...]) -> None:
        """Start the dataflow and wait for a first message of each named input; nothing moves yet.

        Raises:
            DriverMissingError: dora is not installed.
            ConnectionLostError: an input stays silent.
        """
        if self._thread is not None:
            return
        for module in ("dora", "pyarrow"):
            vendor(module, EXTRA)
        self._messages, self._playback, self._failure = {}, None, None
        self._closing = threading.Event()
        self.dataflow.start()
        self._thread = threading.Thread(target=self._run, args=(self._closing,), name="dora", daemon=True)
        self._thread.start()
        self.wait(wait_for)

    def close(self) -> None:
        """Stop the node, then the dataflow."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing.set()
        thread.join(1.0)  # A thread that waits for a node that never came ends with the dataflow.
        self.dataflow.stop()
        thread.join(5.0)

    def message(self, name: str) -> Message:
        """Return the newest message of an input.

        Raises:
            NotConnectedError: the link is closed.
            ConnectionLostError: the link is broken, or there is no such message.
        """
        self._check()
        with self._lock:
            if name not in self._messages:
                raise ConnectionLostError(f"No '{name}' has come. Came: {', '.join(sorted(self._messages)) or 'none'}.")
            return self._messages[name]

    def play(self, command: Command, position: Array) -> None:
        """Stream a command from now on; the first one starts from a position (2, 8) [rad]."""
        self._check()
        with self._lock:
            playback = self._playback or Playback(position)
            playback.play(command, self._clock.now())
            self._playback = playback

    def brake(self) -> None:
        """Bring the set-points to a standstill."""
        with self._lock:
            if self._playback is not None:
                self._playback.brake(self._clock.now())

    def settle(self) -> None:
        """Return when the set-points have come to rest, or the link is broken."""
        deadline = self._clock.now() + _SETTLE
        while self._thread is not None and self._failure is None and self._clock.now() < deadline:
            if self.due(self._clock.now())[1]:
                return
            time.sleep(_POLL)

    def wait(self, names: tuple[str, ...]) -> None:
        """Wait for a first message of each named input."""
        deadline = self._clock.now() + _START
        while self._clock.now() < deadline and self._failure is None:
            with self._lock:
                if all(name in self._messages for name in names):
                    return
            time.sleep(_POLL)
        reason, silent = self._failure, [name for name in names if name not in self._messages]
        self.close()
        raise ConnectionLostError(reason or f"Nothing came from {', '.join(silent)} within {_START:g} s.")

    def _check(self) -> None:
        if self._thread is None:
            raise NotConnectedError("The dora link is not connected: call connect() first.")
        if self._failure is not None:
            raise ConnectionLostError(self._failure)

    def _run(self, closing: threading.Event) -> None:
        """Be the node until told to close or until the dataflow ends."""
        try:
            node = vendor("dora", EXTRA).Node(NODE, daemon_port=self.dataflow.daemon_port)
            Exchange(node, self._clock, self).run(closing)
        except RuntimeError as error:  # dora reports everything as one.
            if not closing.is_set():
                self.fail(f"The dora node ended: {str(error).splitlines()[0]}.")

    def due(self, now: float) -> tuple[Array | None, bool]:
        """Return the set-points (2, 8) of this instant, if any, and whether they rest."""
        with self._lock:
            if self._playback is None:
                return None, True
            return self._playback.at(now), self._playback.over(now)

    def store(self, name: str, value: Any, taken: float, received: float) -> None:
        """Keep a message."""
        with self._lock:
            number = self._counts[name] = self._counts.get(name, -1) + 1
            self._messages[name] = Message(value, taken, received, number)

    def fail(self, reason: str) -> None:
        """Remember why the link is broken."""
        self._failure = self._failure or f"{reason} Last words: {self.dataflow.last_words()}"


class Exchange:
    """The node's loop; all calls of dora are made by one thread."""

    def __init__(self, node: Any, clock: Clock, link: DoraLink) -> None:
        self._node, self._clock, self._link = node, clock, link
        self._arrow = vendor("pyarrow", EXTRA)
        self._sent, self._asked = -1.0, -1.0

    def run(self, closing: threading.Event) -> None:
        """Send and receive until told to close or until the dataflow ends."""
        while not closing.is_set():
            self._send(self._clock.now())
            event = self._node.next(timeout=_POLL)
            if event is not None and not self._take(event):
                return

    def _send(self, now: float) -> None:
        setpoints, resting = self._link.due(now)
        if setpoints is not None and now - self._sent >= (_HOLD_PERIOD if resting else STREAM_PERIOD) - 1e-4:
            self._sent = now
            for side, row in zip(SIDES, setpoints, strict=True):
                self._node.send_output(f"move_position_{side}", self._arrow.array(row.astype(np.float32)))
        if now - self._asked >= _REQUEST_PERIOD - 1e-4:
            self._asked = now
            self._node.send_output("request_state", self._arrow.array([0]))

    def _take(self, event: dict[str, Any]) -> bool:
        """Keep an input; return whether the dataflow goes on."""
        if event["type"] in ("STOP", "INPUT_CLOSED"):
            self._link.fail(f"The dataflow ended ({event['type']} {event.get('id', '')}).")
            return False
        if event["type"] == "INPUT":
            now, name = self._clock.now(), event["id"]
            stamp = event["metadata"].get("observation_timestamp")
            age = 0.0 if stamp is None else max(0.0, (time.time_ns() - stamp) * 1e-9)
            self._link.store(name, event["value"], now - age, now)
        return True
