"""A policy behind a WebSocket: on another machine, in another environment, in another language.

A client sends `{"reset": seed}` as text and gets `{}`; it sends an observation as binary NumPy archive (`.npz`, an
array for each key) and gets the actions as binary NumPy array (`.npy`, float32 of shape `(chunk, action)`). What goes
wrong comes as text `{"error": message}`. `lacelab serve` is such a server.
"""

import contextlib
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from lacelab.agents.policies import Observation, Policy

from .exceptions import RemoteError

_TIMEOUT = 120.0  # s, for an answer
_LARGEST = 64 * 2**20  # bytes of a message


class RemotePolicy:
    """The client's side."""

    def __init__(self, address: str) -> None:
        """Connect.

        Raises:
            RemoteError: nobody answers there, or `websockets` is not installed.
        """
        try:
            from websockets.sync.client import connect
        except ImportError as error:
            raise RemoteError("Remote policies need WebSockets: pip install 'lacelab[remote]'.") from error
        try:
            connection = connect(address, max_size=_LARGEST, compression=None, proxy=None)
            self._connection = contextlib.ExitStack().enter_context(connection)  # Open as long as the policy lives.
        except (OSError, ValueError, TimeoutError) as error:
            raise RemoteError(f"No policy answers at '{address}': {error}.") from error

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._ask(json.dumps({"reset": seed}))

    def act(self, observation: Observation, noise: np.ndarray | None = None) -> np.ndarray:
        """Return the server's actions."""
        answer = self._ask(encode_observation(observation))
        return np.load(io.BytesIO(answer), allow_pickle=False)

    def _ask(self, message: str | bytes) -> bytes:
        self._connection.send(message)
        answer = self._connection.recv(timeout=_TIMEOUT)
        if isinstance(answer, str) and "error" in json.loads(answer):
            raise RemoteError(json.loads(answer)["error"])
        return answer if isinstance(answer, bytes) else answer.encode()


def encode_observation(observation: Observation) -> bytes:
    """Return an observation as a NumPy archive."""
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(value) for name, value in observation.items()})  # type: ignore[arg-type]
    return file.getvalue()


def make_server(make: Callable[[], Policy], host: str, port: int) -> Any:
    """Return a server that makes a policy for each client, so that they do not disturb each other.

    `serve_forever` runs it, `shutdown` ends it.

    Raises:
        RemoteError: it cannot listen there, or `websockets` is not installed.
    """
    try:
        from websockets.sync.server import serve
    except ImportError as error:
        raise RemoteError("Serving needs WebSockets: pip install 'lacelab[remote]'.") from error
    try:
        return serve(lambda connection: _serve(make(), connection), host, port, max_size=_LARGEST, compression=None)
    except OSError as error:
        raise RemoteError(f"Cannot listen at {host}:{port}: {error.strerror or error}.") from error


def _serve(policy: Policy, connection: Any) -> None:
    for message in connection:
        try:
            connection.send(_answer(policy, message))
        except Exception as error:  # noqa: BLE001 (the client decides what it means)
            connection.send(json.dumps({"error": f"{type(error).__name__}: {error}"}))


def _answer(policy: Policy, message: str | bytes) -> str | bytes:
    if isinstance(message, str):
        policy.reset(int(json.loads(message)["reset"]))
        return "{}"
    with np.load(io.BytesIO(message), allow_pickle=False) as archive:
        chunk = policy.act(dict(archive))
    file = io.BytesIO()
    np.save(file, np.asarray(chunk, np.float32))
    return file.getvalue()
