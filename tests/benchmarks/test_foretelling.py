"""What critics can tell, by closed forms and by a critic that knows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from synthetic_frames import synthetic_rows
from tiny_run import write_untrained

from lacelab.agents import rollouts
from lacelab.agents.data.files import read_json
from lacelab.agents.data.schema import ACTION
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.rollouts import Rollout, RolloutSpec
from lacelab.benchmarks import chunk_values
from lacelab.benchmarks.exceptions import SampleError
from lacelab.benchmarks.foretelling import Foretelling, rank_gap, ranks, told

GOOD = 0.9  # a wish that is nearer to it is more likely to be of an episode that succeeds


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run of random networks; every second episode succeeds, and wants more."""

    def fake(spec: RolloutSpec) -> Rollout:
        numbers, success = np.random.default_rng(spec.seed), spec.seed % 2
        frames = synthetic_rows(10, numbers)
        frames[ACTION][:] = (success - 0.5) * numbers.random() + 0.2 * numbers.normal()
        return Rollout(frames, success * np.eye(10, dtype=np.float32)[-1], 5)

    monkeypatch.setattr(rollouts, "roll_out", fake)
    write_untrained(tmp_path)
    return tmp_path


def test_ranks_are_shares_of_others() -> None:
    judged = np.array([[3.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 2.0, 1.0], [0.0, 0.0, 0.0]])
    assert ranks(judged).tolist() == [1.0, 0.0, 0.75, 0.5]


def test_states_are_told_apart_at_the_same_time_only() -> None:
    success, episode = np.array([True, False, True, False]), np.array([0, 0, 1, 1, 2, 3])
    tick = np.array([0, 100, 99, 199, 50, 300])
    areas = told(np.array([0.9, 0.2, 0.1, 0.3, 0.5, 0.7], np.float32), tick, episode, success)
    assert {name: part["area"] for name, part in areas.items()} == {"0-100": 1.0, "100-200": 0.0}


def test_intervals_are_those_of_episodes_not_of_states() -> None:
    numbers = np.random.default_rng(0)
    success = np.arange(40) % 2 == 1
    value = (0.3 * success + numbers.normal(0.0, 0.3, 40)).astype(np.float32)
    few, many = (
        told(np.repeat(value, times), np.zeros(40 * times, np.int64), np.repeat(np.arange(40), times), success)
        for times in (1, 9)
    )
    assert few == many
    low, high = few["0-100"]["interval"]
    assert low < few["0-100"]["area"] < high and high - low > 0.1


def test_episodes_count_once_however_long_they_are() -> None:
    rank, episode = np.array([1.0, 0.8, 0.6, 0.6, 0.6, 0.2, 0.4]), np.array([0, 1, 2, 2, 2, 3, 3])
    found = rank_gap(rank, episode, np.array([True, True, False, False]))
    assert found["gap"] == pytest.approx(0.9 - 0.45)
    assert found["low"] < found["gap"] < found["high"]


def test_without_failures_there_is_nothing_to_compare() -> None:
    with pytest.raises(SampleError, match="3 of 4 episodes succeed; at least 2 must, and 2 must fail"):
        rank_gap(np.ones(4), np.arange(4), np.array([True, True, True, False]))


def test_random_critics_are_asked(run: Path) -> None:
    measure = Foretelling(run, run / "out.json", episodes=20, chunks=7)
    measure.run()
    found = read_json(run / "out.json")
    assert (found["episodes"], found["solved"], found["chosen"]) == (20, 10, 40) and "selected" not in found
    assert found["offline"]["chunks"]["low"] <= found["offline"]["chunks"]["gap"] <= found["offline"]["chunks"]["high"]
    measure.run()
    assert read_json(run / "out.json") == found


def test_a_critic_that_knows_what_is_good_is_found_out(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Knowing:
        """Values chunks by how near they are to those that succeed."""

        def context(self, seen: Any) -> list[Any]:
            return []

        def judge(self, context: Any, chunks: torch.Tensor) -> torch.Tensor:
            nearness = -(chunks - GOOD).square().mean(dim=(1, 2))
            return nearness[None, :, None, None].expand(1, -1, chunks.shape[1], 1)

    class Itself:
        """The value is the output."""

        def value(self, outputs: torch.Tensor) -> torch.Tensor:
            return outputs[..., 0]

    monkeypatch.setattr(chunk_values, "load_critic", lambda path: (Knowing(), Itself()))
    Foretelling(run, run / "out.json", episodes=20, chunks=7).run()
    assert read_json(run / "out.json")["offline"]["chunks"]["low"] > 0.1


def test_without_a_run_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        Foretelling(tmp_path, tmp_path / "out.json").run()
    assert list(tmp_path.iterdir()) == []
