"""Progress against the truth about demonstrations."""

from pathlib import Path

import numpy as np
import pytest
from observations import TINY

from lacelab.agents.data.files import read_json
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.progress import symmetric_progress
from lacelab.agents.returns import Visits
from lacelab.agents.training.loop import generators
from lacelab.agents.training.td import CriticConfig, TemporalDifference
from lacelab.agents.training.transitions import Transitions
from lacelab.benchmarks.demonstrations import Labels
from lacelab.benchmarks.filter_quality import FilterQuality, area_interval, judged_by, measures_of, quality
from lacelab.envs.exceptions import LaceLabError

LENGTH = 40
STARTS = np.array([0, LENGTH, 2 * LENGTH])


def labels(flaw: np.ndarray) -> Labels:
    """Return labels of two episodes, of which only the second may be flawed."""
    progress = np.tile(np.linspace(0, 1, LENGTH, dtype=np.float32), 2)
    return Labels(np.repeat([0, 1], LENGTH), flaw, np.full(2 * LENGTH, "carry"), progress)


def test_measure_that_falls_at_every_mistake_is_perfect() -> None:
    flaw = np.zeros(2 * LENGTH, np.int8)
    flaw[60] = 3
    found = np.tile(np.linspace(0.2, 0.9, LENGTH, dtype=np.float32), 2)
    found[61:] -= 0.2  # The mistake at frame 60 costs 0.2 at once; a chunk of 1 sees it from there alone.
    figures = quality(found, labels(flaw), STARTS, 1)
    assert figures["auroc_fall_mistake"] == pytest.approx(1.0)
    assert figures["rank_correlation_clean"] == pytest.approx(1.0)


def test_resting_is_a_shortfall_but_no_fall() -> None:
    """Episodes longer than the window, which is cut off at their ends."""
    length, starts = 300, np.array([0, 300, 600])
    flaw, steps = np.zeros(600, np.int8), np.full((2, 300), 0.02, np.float32)
    flaw[400:430], steps[1, 100:130] = 1, 0.0
    found = np.exp(np.cumsum(steps, axis=1) - 6.5).ravel().astype(np.float32)
    progress = np.tile(np.linspace(0, 1, length, dtype=np.float32), 2)
    truth = Labels(np.repeat([0, 1], length), flaw, np.full(600, "carry"), progress)
    figures = quality(found, truth, starts, 1)
    assert figures["auroc_fall_flaw"] == pytest.approx(0.5)
    assert figures["auroc_shortfall_flaw"] > 0.9


def test_the_interval_of_an_area_is_that_of_its_standard_error() -> None:
    """Episodes of one frame each are independent: the standard error is that of Hanley and McNeil (1982)."""
    numbers = np.random.default_rng(1)
    flags = np.arange(400) % 2 == 0
    values = (numbers.normal(size=400) + flags).astype(np.float32)
    low, high = area_interval(values, flags, np.arange(401)) or (0.0, 0.0)
    area = float(np.mean(values[flags][:, None] > values[~flags]))
    both = area / (2 - area) + 2 * area**2 / (1 + area) - 2 * area**2
    error = np.sqrt((area * (1 - area) + 199 * both) / 200**2)
    assert low < area < high and high - low == pytest.approx(2 * 1.96 * error, rel=0.2)


def test_no_interval_where_some_draws_rank_nothing() -> None:
    values, flags = np.arange(4, dtype=np.float32), np.array([True, True, False, False])
    assert area_interval(values, flags, np.array([0, 2, 4])) is None
    assert area_interval(values, flags, np.array([0, 4])) is None


def judged(run: Path, **stages: list[float]) -> Path:
    """Write what the stages of a run found of its frames."""
    for stage, found in stages.items():
        (run / stage).mkdir(parents=True)
        np.save(run / stage / "progress.npy", np.array(found, np.float32))
    return run


def test_runs_are_measured_one_by_one_and_together(tmp_path: Path) -> None:
    first = judged(tmp_path / "s0", filter=[0.0, 0.4], time=[0.5, 0.5])
    second = judged(tmp_path / "s1", filter=[0.2, 0.2])
    found = measures_of([first, second])
    assert list(found) == ["s0/filter", "s0/time", "s1/filter", "mean/filter"]
    assert found["mean/filter"] == pytest.approx([0.1, 0.3])
    assert list(measures_of([second])) == ["s1/filter"]


def test_critics_judge_demonstrations_that_they_have_not_learned_from(tmp_path: Path) -> None:
    data, chunk = Path("assets/demonstrations/sample"), 3
    reader = ChunkReader.open(data, chunk, mirror=0.0)
    everything = Visits(np.arange(8), np.full(8, 8), np.ones(8, np.float32))
    wanted = []
    for seed in (0, 1):
        learner = TemporalDifference(
            CriticConfig(seed=seed, batch=4, network=TINY), Transitions(reader, everything, chunk)
        )
        learner.update(*generators(seed, 0))
        learner.save(tmp_path / f"s{seed}" / "critic" / "critic.safetensors")
        wanted.append(symmetric_progress(learner.network, learner.head, reader))
    found = judged_by([tmp_path / "s0", tmp_path / "s1"], data, chunk)
    assert list(found) == ["s0/critic", "s1/critic", "mean/critic"]
    np.testing.assert_allclose(found["s1/critic"], wanted[1], atol=1e-5)
    np.testing.assert_allclose(found["mean/critic"], np.mean(wanted, axis=0), atol=1e-5)
    assert not np.allclose(*wanted)
    FilterQuality(data, tmp_path / "out.json", runs=(tmp_path / "s1",), chunk=chunk, fresh=True).run()
    assert list(read_json(tmp_path / "out.json")["measures"]) == ["s1/critic"]


def test_runs_that_cannot_be_told_apart_or_have_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LaceLabError, match="told apart by the names of their folders: .*a/s0, .*b/s0"):
        measures_of([tmp_path / "a" / "s0", tmp_path / "b" / "s0"])
    with pytest.raises(LaceLabError, match="run `lacelab train filter`"):
        FilterQuality(Path("assets/demonstrations/sample"), tmp_path / "out.json", runs=(tmp_path / "s0",)).run()
