"""The price of pixels, rendered in software."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from lacelab.envs.entities.lace import LaceParameters
from lacelab.envs.rendering import Renderer

from .replay import Replay


@pytest.mark.benchmark(timer=time.perf_counter)
def test_three_cameras(benchmark: Any, replay: Replay, report: Callable[[str, float, str], None]) -> None:
    """Head and wrists, 128 x 128 pixels each."""
    replay.reset()
    for action in replay.actions[: len(replay.actions) // 2]:
        replay.env.step(action)
    renderer = Renderer(replay.simulation.model, LaceParameters())
    benchmark.pedantic(renderer.frames, args=(replay.simulation.data,), rounds=50, warmup_rounds=3)
    milliseconds = 1e3 * median(benchmark.stats.stats.data)
    report("three cameras, ms", milliseconds, "<= 15")
    renderer.close()
    assert milliseconds <= 15
