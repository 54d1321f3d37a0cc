"""Interventions beside filtered demonstrations."""

from pathlib import Path

import numpy as np
import pytest
import recordings
from numpy.typing import NDArray
from observations import TINY

from lacelab.agents import checkpoint, helping
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import ACTION, FORMAT
from lacelab.agents.data.writer import write_dataset
from lacelab.agents.exceptions import RunError
from lacelab.agents.helping import HELPED, learn_from_help
from lacelab.agents.pipeline import KEPT, Run, RunConfig, save_array
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.stage import POLICY
from lacelab.agents.training.cloning import KIND, Cloning, CloningConfig
from lacelab.envs.exceptions import ParameterError

CONFIG = RunConfig(network=TINY, distillation=CloningConfig(steps=2, batch=4))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run whose filter keeps the first three of eight frames."""
    write_dataset(tmp_path / "data", [recordings.make(1, length=8, success=True)], {"format": FORMAT})
    folder = tmp_path / "run"
    checkpoint.save_weights(
        folder / "mirrored" / POLICY, KIND, {"network": vars(TINY)}, PolicyNetwork(TINY).state_dict()
    )
    (folder / "filter").mkdir()
    save_array(folder / "filter" / KEPT, np.arange(8) < 3)
    return Run(CONFIG, tmp_path / "data", folder, {"commit": "abc"})


@pytest.fixture
def interventions(tmp_path: Path) -> Path:
    """Return an episode of 6 frames in which somebody takes over at frame 2, and one that a policy did alone."""
    made = [recordings.make(3, length=6, success=True), recordings.make(1, length=5, success=True)]
    write_dataset(tmp_path / "help", made, {"format": FORMAT, "policy": "shipped"})
    return tmp_path / "help"


def _quiet(step: int, metrics: dict[str, float]) -> None:
    """Show nothing."""


def test_what_the_filter_keeps_and_what_was_shown(
    run: Run, interventions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: list[tuple[ChunkReader, NDArray[np.int64]]] = []

    def spy(config: CloningConfig, reader: ChunkReader, frames: NDArray[np.int64], start: PolicyNetwork) -> Cloning:
        taught.append((reader, frames))
        return Cloning(config, reader, frames, start)

    monkeypatch.setattr(helping, "Cloning", spy)
    result = learn_from_help(run, [interventions], 0.8, _quiet)
    [(reader, frames)] = taught
    kept, taken_over = {0, 1, 2}, [10, 11, 12, 13]  # 8, 9 and 14 to 18 are what a policy did by itself
    assert set(frames.tolist()) == kept | set(taken_over)
    assert [int((frames == frame).sum()) for frame in taken_over] == [24, 22, 20, 18]  # 24 / (1 + t / 10)
    assert np.isin(frames, taken_over).mean() == pytest.approx(0.8, abs=0.01)
    shown = recordings.make(3, length=6, success=True).frames[ACTION][2]
    assert np.array_equal(reader.arrays.vectors[ACTION][10], shown)
    assert result == run.folder / HELPED / POLICY and checkpoint.kind_of(result) == KIND
    before = result.read_bytes()
    assert learn_from_help(run, [interventions], 0.8, _quiet).read_bytes() == before
    with pytest.raises(RunError, match="helped-filtered' is of another configuration .share is 0.8, not 0.5"):
        learn_from_help(run, [interventions], 0.5, _quiet)


def test_what_cannot_be_learned_from(run: Run, interventions: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    write_dataset(alone, [recordings.make(1, length=5, success=True)], {"format": FORMAT, "policy": "shipped"})
    with pytest.raises(
        RunError, match="Nobody took over or started over with success in .*alone: nothing to learn from"
    ):
        learn_from_help(run, [alone], 0.25, _quiet)
    with pytest.raises(ParameterError, match="share is 1. Valid: a number from 0.01 to 0.95"):
        learn_from_help(run, [interventions], 1, _quiet)
    (run.folder / "mirrored" / POLICY).unlink()
    with pytest.raises(RunError, match="There is no .*mirrored.*run the stage that makes it first"):
        learn_from_help(run, [interventions], 0.25, _quiet)
    assert not (run.folder / HELPED).exists()
