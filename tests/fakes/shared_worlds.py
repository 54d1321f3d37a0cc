"""Real environments for tests, typed."""

from collections.abc import Callable
from typing import Any

import gymnasium

from lacelab.envs import environment_id
from lacelab.envs.lacing_env import LacingEnv

MakeEnv = Callable[..., LacingEnv]


def make(task: str = "ThreadEyelet", **options: Any) -> LacingEnv:
    """Return a new environment."""
    env = gymnasium.make(environment_id(task), **options).unwrapped
    assert isinstance(env, LacingEnv)
    return env
