"""How late the ticks of a loop are."""

from pathlib import Path

import numpy as np
import pytest

from lacelab.benchmarks.loop_timing import Arguments, figures, measure
from lacelab.envs.exceptions import ParameterError


def test_a_deadline_is_missed_by_a_tenth_of_a_tick() -> None:
    lateness = np.array([0.0, 0.004, 0.006, 0.02])
    found = figures(lateness, np.array([0.05, 0.05, 0.05]))
    assert (found["ticks"], found["missed_share"], found["lateness_max"]) == (4, 0.5, 0.02)
    assert found["jitter_max"] == pytest.approx(0.0)


def test_jitter_is_the_difference_from_the_period_either_way() -> None:
    assert figures(np.zeros(3), np.array([0.04, 0.05, 0.053]))["jitter_max"] == pytest.approx(0.01)


def test_a_short_run_in_real_time() -> None:
    found = measure(Arguments(Path("unused"), policy="noop", minutes=0.05), on_episode=lambda line: None)
    assert found["ticks"] == 60
    assert found["outcomes"] == ["time is up"]
    assert found["faults"] == []


def test_no_time_is_refused() -> None:
    with pytest.raises(ParameterError, match="minutes.*0.0.*positive"):
        measure(Arguments(Path("unused"), minutes=0.0))
