"""A page in the browser with cameras, joints, limits and faults, served from the process that holds the robot.

The page only looks: it has no way to command. It is served on loopback unless told otherwise.
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import gymnasium
import numpy as np

from .drivers.vendors import vendor
from .faults import Journal
from .limits import Limits
from .robot import Array, Frame, JointState

_PERIOD = 0.2  # s between two looks at a world
_PAGE = Path(__file__).parent / "live_view.html"


def snapshot(
    state: JointState, limits: Limits, journal: Journal, frames: Mapping[str, Frame], now: float
) -> dict[str, Any]:
    """Return what the page shows at an instant, as plain numbers.

    Args:
        state: of the joints.
        limits: of the safety layer.
        journal: its faults and interventions.
        frames: the newest pictures; JPEG of them needs OpenCV.
        now: on the robot's clock [s].
    """
    low, high = limits.position
    return {
        "age": now - state.time,
        "joints": [
            _joint(state.position[i], state.velocity[i], low[i], high[i], limits.velocity[i]) for i in range(len(low))
        ],
        "faults": [{"fault": record.fault, "reason": record.reason} for record in journal.latched],
        "interventions": {str(name): count for name, count in journal.counts.items()},
        "cameras": {name: {"age": now - frame.time, "jpeg": _jpeg(frame.image)} for name, frame in frames.items()},
    }


@runtime_checkable
class Visible(Protocol):
    """A world that tells what there is to see, as `snapshot` does."""

    def snapshot(self) -> dict[str, Any]:
        """Return what the page shows now."""
        ...


class LiveView:
    """The server; `show` what there is to see, from any thread, as often as there is something new."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Start to serve.

        Args:
            port: of the page; 0 takes a free one.
            host: address to listen on.
        """
        self._lock = threading.Lock()
        self._shown: dict[str, Any] = {}
        self._followed = -_PERIOD
        self._server = ThreadingHTTPServer((host, port), _handler(self._read))
        self._thread = threading.Thread(target=self._server.serve_forever, name="live view", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the page is."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/"

    def show(self, seen: dict[str, Any]) -> None:
        """Replace what the page shows, see `snapshot`."""
        with self._lock:
            self._shown = seen

    def follow(self, env: gymnasium.Env[Any, Any]) -> None:
        """Show a robot's world as it is now, a few times a second however often it is called; others are not shown."""
        world, now = env.unwrapped, time.monotonic()
        if isinstance(world, Visible) and now - self._followed > _PERIOD:
            self._followed = now
            self.show(world.snapshot())

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _read(self) -> dict[str, Any]:
        with self._lock:
            return self._shown


def _joint(position: Array, velocity: Array, low: Array, high: Array, speed: Array) -> list[dict[str, float]]:
    columns = {"position": position, "velocity": velocity, "low": low, "high": high, "speed": speed}
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _jpeg(image: np.ndarray) -> str:
    """Return a picture (height, width, 3) uint8 RGB as base64 JPEG."""
    cv2 = vendor("cv2", "openarm")
    return base64.b64encode(cv2.imencode(".jpg", image[:, :, ::-1])[1].tobytes()).decode()


def _handler(read: Callable[[], dict[str, Any]]) -> type[BaseHTTPRequestHandler]:
    page = _PAGE.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {"/": ("text/html; charset=utf-8", page), "/state": ("application/json", b"")}
            if self.path not in answers:
                self.send_error(404)
                return
            kind, body = answers[self.path]
            if self.path == "/state":
                body = json.dumps(read()).encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
