"""A world of five ticks whose ending is chosen by the seed, and policies for it; imported by worker processes."""

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np

from lacelab.agents.policies import NoopPolicy
from lacelab.benchmarks.episode import EpisodeSpec

FAILS, DIVERGES, TUNNELS, CRASHES, KILLS = 3, 5, 6, 8, 9  # seeds; all others succeed


class FakeEnv(gymnasium.Env[Any, Any]):
    """Counts ticks; keeps the `info` contract of the real environments."""

    def __init__(self, task: str = "ThreadEyelet") -> None:
        self.task = SimpleNamespace(name=task)
        self._seed = 0
        self._tick = 0
        self._instruction = ""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin; a marker file slows the world down."""
        self._seed, self._tick = seed or 0, 0
        self._instruction = "mirrored" if options and options.get("mirror") else "plain"
        for name, value in (options or {}).get("overrides", {}).items():
            self._instruction = f"{name} = {value}"
        if "FAKE_WORLD_DELAY" in os.environ:
            time.sleep(float(os.environ["FAKE_WORLD_DELAY"]))
        return {}, self._info()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """End after five ticks in the way that the seed says."""
        self._tick += 1
        if self._tick == 3 and self._seed == CRASHES:
            raise RuntimeError("the lace broke")
        if self._tick == 3 and self._seed == KILLS:
            os.kill(os.getpid(), signal.SIGKILL)
        return {}, 0.0, self._tick == 5 and self._seed != FAILS, self._tick == 5, self._info()

    def render(self) -> np.ndarray:
        """Return a picture that brightens from tick to tick."""
        return np.full((48, 64, 3), 40 * self._tick, np.uint8)

    def _info(self) -> dict[str, Any]:
        over = self._tick == 5
        return {
            "is_success": over and self._seed not in (FAILS, DIVERGES, TUNNELS),
            "diverged": over and self._seed == DIVERGES,
            "invalid": over and self._seed == TUNNELS,
            "divergence": "too fast" if over and self._seed == DIVERGES else None,
            "invalid_reason": "tunnelled" if over and self._seed == TUNNELS else None,
            "eyelets_done": 4,
            "eyelets": [{"pick": 1.0}] * 5,
            "instruction": self._instruction,
            "stage": "thread",
            "max_stage": np.int64(1),
            "stages": {"pick": np.float64(0.1), "thread": 0.25 if over and self._seed != FAILS else None},
            "time": np.float64(self._tick * 0.05),
            "peak_stretch": 0.01 + self._seed / 1000,
            "peak_tension": float("nan"),
            "penetration_p99": 0.0002,
            "penetration_max": 0.0004,
        }


def make(spec: EpisodeSpec, render_mode: str | None = None) -> FakeEnv:
    """Make the world, for `--world fake_world:make`."""
    if log := os.environ.get("FAKE_WORLD_LOG"):
        with Path(log).open("a") as file:
            file.write(f"{spec.task}\n")
    return FakeEnv(spec.task)


def make_empty(env: Any) -> Any:
    """Make a policy that returns no actions."""
    policy = NoopPolicy()
    policy.act = lambda observation, noise=None: np.zeros((0, 14), np.float32)  # type: ignore[method-assign]
    return policy


def make_failing(env: Any) -> Any:
    """Fail to make a policy."""
    raise FileNotFoundError("no weights here")


class ChattyPolicy(NoopPolicy):
    """Reports, and returns longer chunks than an episode."""

    phase = "insert"
    retries = 2

    def act(self, observation: Any, noise: Any = None) -> np.ndarray:
        """Return seven actions."""
        return np.zeros((7, 14), np.float32)


def make_chatty(env: Any) -> ChattyPolicy:
    """Make the reporting policy."""
    return ChattyPolicy()


def make_expert(env: Any) -> ChattyPolicy:
    """Stand in for the scripted expert."""
    return ChattyPolicy()
