"""Runs a policy at a fixed rate while it thinks: chunks of actions, computed ahead and joined smoothly.

Real-time chunking (Black, Galliker and Levine, "Real-Time Execution of Action Chunking Flow Policies", arXiv 2506.07339):
the next chunk is computed while the last one runs. What will be executed until it is ready is known already; a policy
that can, continues it (`ChunkPolicy.act_ahead`), and over the overlap both chunks are blended.

The loop knows nothing of worlds: it steps a Gymnasium environment. With an `Executor` that thinks in a thread it runs
in real time; with a `SimulatedInference` the time that thinking takes is simulated, so that latency can be studied in lock-step, on any
machine and bit for bit.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import gymnasium
import numpy as np
from numpy.typing import NDArray

from lacelab.envs.exceptions import ParameterError
from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE

Action = NDArray[np.float32]
Observation = Mapping[str, Any]

_GRIPPERS = np.arange(ACTION_SIZE) % ACTION_PER_ARM == ACTION_PER_ARM - 1


class ChunkPolicy(Protocol):
    """A policy as `lacelab.agents.policies.Policy` describes it."""

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        ...

    def act(self, observation: Any, noise: Any = None) -> Action:
        """Return a chunk of actions (chunk, 14)."""
        ...


@runtime_checkable
class AheadPolicy(Protocol):
    """A policy that can take into account what will be executed before its chunk begins."""

    def act_ahead(self, observation: Any, committed: Action) -> Action:
        """Return the chunk that follows on the committed actions (n, 14)."""
        ...


class Inference(Protocol):
    """Where a policy thinks."""

    def start(self, think: Callable[[], Action]) -> None:
        """Begin to think; one thought at a time."""
        ...

    def result(self, wait: bool) -> Action | None:
        """Return the thought if it is ready, or wait for it; None if it is not."""
        ...

    def tick(self) -> None:
        """A tick has passed."""
        ...


class ThreadedInference:
    """Thinks in a thread, in real time."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._result: Action | None = None
        self._error: Exception | None = None

    def start(self, think: Callable[[], Action]) -> None:
        """Begin to think."""
        self._result = self._error = None
        self._thread = threading.Thread(target=self._run, args=(think,), daemon=True)
        self._thread.start()

    def result(self, wait: bool) -> Action | None:
        """Return the thought; an exception of the policy comes out here."""
        if self._thread is None or (self._thread.is_alive() and not wait):
            return None
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result

    def tick(self) -> None:
        """Nothing to do: time passes by itself."""

    def _run(self, think: Callable[[], Action]) -> None:
        try:
            self._result = think()
        except Exception as error:  # noqa: BLE001 (raised where somebody waits for the thought)
            self._error = error


class SimulatedInference:
    """Thinks at once and tells the result a number of ticks later."""

    def __init__(self, ticks: int) -> None:
        """Let every thought take so many ticks."""
        if ticks < 0:
            raise ParameterError("ticks", ticks, "a whole number from 0")
        self._ticks, self._left = ticks, 0
        self._result: Action | None = None

    def start(self, think: Callable[[], Action]) -> None:
        """Begin to think."""
        self._result, self._left = think(), self._ticks

    def result(self, wait: bool) -> Action | None:
        """Return the thought if its time has come; who waits lets ticks pass instead."""
        return self._result if self._left <= 0 else None

    def tick(self) -> None:
        """A tick has passed."""
        self._left -= 1


@dataclass(frozen=True)
class Chunking:
    """How chunks are executed.

    Attributes:
        horizon: actions of a chunk that are executed before the next one takes over; None: all of them.
        ahead: begin to think so many ticks before the running chunk ends; 0: think in between, with the arms at rest.
        blend: ticks over which the old and the new chunk are joined, where both have actions.
    """

    horizon: int | None = None
    ahead: int = 0
    blend: int = 0

    def __post_init__(self) -> None:
        for name in ("ahead", "blend"):
            if getattr(self, name) < 0:
                raise ParameterError(name, getattr(self, name), "a whole number from 0")
        if self.horizon is not None and self.horizon < 1:
            raise ParameterError("horizon", self.horizon, "None or a whole number from 1")


class Tick(NamedTuple):
    """What one tick has brought."""

    observation: Observation
    reward: float
    terminated: bool
    truncated: bool
    info: Mapping[str, Any]
    waited: bool  # the arms were at rest because no action was ready


@dataclass
class ControlLoop:
    """Steps an environment with a policy, one episode at a time."""

    env: gymnasium.Env[Any, Any]
    policy: ChunkPolicy
    chunking: Chunking = field(default_factory=Chunking)
    inference: Inference = field(default_factory=ThreadedInference)

    def run(self, seed: int, options: dict[str, Any] | None = None) -> Iterator[Tick]:
        """Run an episode; yields the reset, then every tick."""
        observation, info = self.env.reset(seed=seed, options=options)
        self.policy.reset(seed)
        yield Tick(observation, 0.0, False, False, info, False)
        queue: deque[Action] = deque()  # to be executed
        overlap: deque[Action] = deque()  # what the running chunk would do after its horizon
        thinking, rest = False, np.zeros(ACTION_SIZE, np.float32)
        while True:
            if not thinking and len(queue) <= self.chunking.ahead:
                self._think(observation, list(queue))
                thinking = True
            chunk = self.inference.result(wait=not queue) if thinking else None
            if chunk is not None and not queue:
                queue, overlap = self._join(chunk, overlap)
                thinking = False
            waited = not queue
            action = rest if waited else queue.popleft()
            observation, reward, terminated, truncated, info = self.env.step(action)
            rest = np.where(_GRIPPERS, action, 0.0).astype(np.float32)
            self.inference.tick()
            yield Tick(observation, float(reward), terminated, truncated, info, waited)
            if terminated or truncated:
                return

    def _think(self, observation: Observation, committed: list[Action]) -> None:
        """Begin with the chunk that follows on the committed actions."""
        policy, seen = self.policy, dict(observation)
        if committed and isinstance(policy, AheadPolicy):
            prefix = np.stack(committed)
            self.inference.start(lambda: policy.act_ahead(seen, prefix))
        else:
            skip = len(committed)
            self.inference.start(lambda: _after(policy.act(seen), skip))

    def _join(self, chunk: Action, overlap: deque[Action]) -> tuple[deque[Action], deque[Action]]:
        """Return what to execute of a new chunk, blended into what the old one would have done, and the rest."""
        if len(chunk) == 0:
            raise ParameterError("chunk", chunk.shape, "at least one action that has not been overtaken")
        joined = [action.copy() for action in chunk]
        steps = min(self.chunking.blend, len(joined), len(overlap))
        for i in range(steps):
            share = np.float32((i + 1) / (steps + 1))
            mixed = (1 - share) * overlap[i] + share * joined[i]
            joined[i] = np.where(_GRIPPERS, joined[i], mixed).astype(np.float32)
        horizon = self.chunking.horizon or len(joined)
        return deque(joined[:horizon]), deque(joined[horizon:])


def _after(chunk: Action, committed: int) -> Action:
    """Return what is left of a chunk that began with the observation when the committed actions are done.

    A chunk of one action cannot be overtaken: it is executed late.
    """
    return chunk[min(committed, len(chunk) - 1) :]
