"""The speed bars of ThreadEyelet with state observations, on one core."""

import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from lacelab.agents.policies import make_policy
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import ACTION_SIZE

from ..episode import EpisodeSpec, iterate_episode
from .replay import Replay

_ROUNDS = 5
_RESETS = 1000
_WARM_UP = 100  # resets before memory is looked at

Report = Callable[[str, float, str], None]
CPU_TIME = pytest.mark.benchmark(timer=time.process_time)


def test_replay_is_the_episode(replay: Replay) -> None:
    """Bare MuJoCo goes through the same states as the environment, so that its time can be compared."""
    assert replay.succeeded
    replay.reset()
    replay.step_env()
    expected = replay.state()
    replay.reset()
    replay.step_bare()
    assert np.array_equal(replay.state(), expected)


@CPU_TIME
def test_physics(benchmark: Any, replay: Replay, report: Report) -> None:
    """Physics alone, both laces present, while the expert manipulates."""
    benchmark.pedantic(replay.step_bare, setup=replay.reset, rounds=_ROUNDS)
    factor = replay.simulated / median(benchmark.stats.stats.data)
    report("physics, times real time", factor, ">= 6")
    assert factor >= 6


@CPU_TIME
def test_step(benchmark: Any, replay: Replay, report: Report) -> None:
    """What `env.step` costs over the `mj_step` calls in it; the two are measured in turns."""
    bare: list[float] = []

    def prepare() -> None:
        bare.append(replay.time_bare())
        replay.reset()

    benchmark.pedantic(replay.step_env, setup=prepare, rounds=_ROUNDS)
    ratio = median(benchmark.stats.stats.data) / median(bare)
    report("env.step over its mj_step calls", ratio, "<= 1.15")
    assert ratio <= 1.15


@CPU_TIME
def test_expert(benchmark: Any, replay: Replay, report: Report) -> None:
    """The whole episode: reset, expert, environment."""
    spec = EpisodeSpec("ThreadEyelet", "standard", replay.seed, "expert")
    policy = make_policy("expert", replay.env)
    benchmark.pedantic(lambda: list(iterate_episode(spec, replay.env, policy)), rounds=3)
    factor = replay.simulated / median(benchmark.stats.stats.data)
    report("expert and everything, times real time", factor, ">= 4")
    assert factor >= 4


@CPU_TIME
def test_reset(benchmark: Any, replay: Replay, report: Report) -> None:
    """One reset, to a new seed each time."""
    seeds = iter(range(10_000))
    benchmark.pedantic(lambda: replay.env.reset(seed=next(seeds)), rounds=50)
    milliseconds = 1e3 * median(benchmark.stats.stats.data)
    report("reset, ms", milliseconds, "<= 50")
    assert milliseconds <= 50


@CPU_TIME
def test_control(benchmark: Any, replay: Replay, report: Report) -> None:
    """Inverse kinematics and interpolation of one tick, both arms."""
    unwrapped = replay.env.unwrapped
    assert isinstance(unwrapped, LacingEnv)
    replay.reset()
    controller, action = unwrapped.controller, np.full(ACTION_SIZE, 0.1)
    poses = unwrapped.simulation.tool_pose()
    benchmark.pedantic(lambda: controller.command(action, *poses), rounds=50, iterations=4, warmup_rounds=5)
    report("inverse kinematics of a tick, ms", 1e3 * median(benchmark.stats.stats.data), "none")


@pytest.mark.slow
def test_memory(benchmark: Any, replay: Replay, report: Report) -> None:
    """Memory does not grow from episode to episode."""
    for seed in range(_WARM_UP):
        replay.env.reset(seed=seed)
    before = _resident_megabytes()
    seeds = iter(range(_RESETS))
    benchmark.pedantic(lambda: replay.env.reset(seed=next(seeds)), rounds=_RESETS)
    growth = _resident_megabytes() - before
    report(f"growth over {_RESETS} resets, MB", growth, "<= 1")
    assert growth <= 1


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
