"""The seed fixes an episode bit for bit, whatever ran before and however environments are run."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from numpy.typing import NDArray
from shared_worlds import make

from lacelab.envs.deployment import Deployment
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import ACTION_SIZE

_SEED = 3
_TICKS = 40
_ACTIONS = np.random.default_rng(1).uniform(-1, 1, (_TICKS, ACTION_SIZE)).astype(np.float32)

Trace = dict[str, NDArray[Any]]


def _stack(observations: list[dict[str, Any]]) -> Trace:
    return {name: np.stack([observation[name] for observation in observations]) for name in observations[0]}


def _roll(env: LacingEnv, seed: int) -> Trace:
    observations = [env.reset(seed=seed)[0]]
    observations += [env.step(action)[0] for action in _ACTIONS]
    return _stack(observations)


def _roll_in_vector(env: SyncVectorEnv | AsyncVectorEnv) -> Trace:
    """Roll the episode as the second of two environments that have run other episodes before."""
    env.reset(seed=[8, 9])
    env.step(-_ACTIONS[:2])
    batch, _ = env.reset(seed=[7, _SEED])
    observations = [{name: value[1].copy() for name, value in batch.items()}]
    for action in _ACTIONS:
        batch, *_ = env.step(np.stack([0.3 * action, action]))
        observations.append({name: value[1].copy() for name, value in batch.items()})
    env.close()
    return _stack(observations)


def _assert_same_bits(first: Trace, second: Trace) -> None:
    for name, value in first.items():
        assert value.tobytes() == second[name].tobytes(), name


@pytest.mark.parametrize("deployment", [None, Deployment()])
def test_same_bits_three_ways(deployment: Deployment | None) -> None:
    build = partial(make, difficulty="hard", deployment=deployment)
    env = build()
    alone = _roll(env, _SEED)
    for other in (4, 5):
        _roll(env, other)
    _assert_same_bits(alone, _roll(env, _SEED))
    _assert_same_bits(alone, _roll_in_vector(SyncVectorEnv([build, build])))
    _assert_same_bits(alone, _roll_in_vector(AsyncVectorEnv([build, build], context="spawn")))


def test_a_drawn_seed_is_reported_and_reproduces(make_env: Callable[..., LacingEnv]) -> None:
    env = make_env()
    env.reset(seed=0)
    drawn, info = env.reset()
    again, _ = env.reset(seed=info["seed"])
    _assert_same_bits(_stack([drawn]), _stack([again]))
    env.reset(seed=0)
    assert env.reset()[1]["seed"] == info["seed"]
