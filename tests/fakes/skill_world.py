"""A world of one tick that policies solve as often as they are able to; imported by worker processes."""

from typing import Any

import gymnasium
import numpy as np

from lacelab.benchmarks.episode import EpisodeSpec


class SkillEnv(gymnasium.Env[Any, Any]):
    """Succeeds if the first action is positive."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin."""
        return {}, self._info(0, False)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """End."""
        return {}, 0.0, False, True, self._info(1, bool(action[0] > 0))

    def _info(self, tick: int, success: bool) -> dict[str, Any]:
        return {
            "is_success": success,
            "diverged": False,
            "invalid": False,
            "stage": "pick",
            "max_stage": 0,
            "stages": {"pick": 0.05 if success else None},
            "time": 0.05 * tick,
            "instruction": "pick",
        }


class SkilledPolicy:
    """Solves a share of the episodes, always the same ones of those that it shares with a stronger policy."""

    def __init__(self, rate: float, stream: int = 0) -> None:
        self._rate, self._stream, self._action = rate, stream, 0.0

    def reset(self, seed: int) -> None:
        """Decide whether this one will be solved."""
        self._action = 1.0 if np.random.default_rng((seed, self._stream)).random() < self._rate else -1.0

    def act(self, observation: Any, noise: Any = None) -> np.ndarray:
        """Return the decision."""
        return np.full((1, 14), self._action, np.float32)


def make(spec: EpisodeSpec, render_mode: str | None = None) -> SkillEnv:
    """Make the world."""
    return SkillEnv()


def make_good(env: Any) -> SkilledPolicy:
    """Make a policy that solves 95 %."""
    return SkilledPolicy(0.95)


def make_poor(env: Any) -> SkilledPolicy:
    """Make a policy that solves 60 %."""
    return SkilledPolicy(0.6)


def make_shaky(env: Any) -> SkilledPolicy:
    """Make a policy that solves 95 %, but others."""
    return SkilledPolicy(0.95, stream=1)
