"""Vectorised environments: steps per second over numbers of workers."""

import time
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from lacelab.envs import environment_id
from lacelab.envs.spec import ACTION_SIZE

_STEPS = 100


@pytest.mark.benchmark(timer=time.perf_counter)
@pytest.mark.parametrize("workers", [1, 2])
def test_vectorised_steps(benchmark: Any, workers: int, report: Callable[[str, float, str], None]) -> None:
    """Gymnasium's `AsyncVectorEnv` with one environment for each worker, both hands at rest."""
    name = environment_id("ThreadEyelet")
    envs = gymnasium.make_vec(name, num_envs=workers, vectorization_mode="async")
    actions = np.zeros((workers, ACTION_SIZE), np.float32)

    def restart() -> None:
        envs.reset(seed=0)

    def step() -> None:
        for _ in range(_STEPS):
            envs.step(actions)

    benchmark.pedantic(step, setup=restart, rounds=3, warmup_rounds=1)
    envs.close()
    report(f"steps/s of {workers} workers", workers * _STEPS / benchmark.stats.stats.min, "none")
