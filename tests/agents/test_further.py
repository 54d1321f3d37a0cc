"""A policy that is taught further."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import recordings
from numpy.typing import NDArray
from observations import TINY

from lacelab.agents import checkpoint, further
from lacelab.agents.data.exceptions import DatasetError
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import ACTION, FORMAT
from lacelab.agents.data.writer import write_dataset
from lacelab.agents.exceptions import RunError
from lacelab.agents.further import FURTHER, at_rate, clone_further
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.stage import POLICY
from lacelab.agents.training.cloning import HANDING_OVER, KIND, WAITING, Cloning, CloningConfig, load_policy
from lacelab.envs.exceptions import ParameterError

CONFIG = replace(FURTHER, steps=2, batch=4, among=0.0)  # the recordings are of no real sentences


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.safetensors"
    checkpoint.save_weights(path, KIND, {"network": vars(TINY)}, PolicyNetwork(TINY).state_dict())
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return one demonstration that starts over at its frame 2 and succeeds and one that does not, of 6 frames each."""
    made = [recordings.make(0, length=6, success=True), recordings.make(2, length=6, success=False)]
    write_dataset(tmp_path / "data", made, {"format": FORMAT, "task": "LaceShoe", "difficulty": "standard"})
    return tmp_path / "data"


def _teach(policy: Path, roots: list[Path], out: Path, config: CloningConfig = CONFIG) -> Path:
    return clone_further(config, policy, roots, out, {"commit": "abc"}, lambda step, metrics: None)


def test_what_was_fulfilled_is_cloned_from_the_policy_on(
    policy: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: list[tuple[NDArray[np.int64], PolicyNetwork]] = []

    def spy(config: CloningConfig, reader: ChunkReader, frames: NDArray[np.int64], start: PolicyNetwork) -> Cloning:
        taught.append((frames, start))
        return Cloning(config, reader, frames, start)

    monkeypatch.setattr(further, "Cloning", spy)
    result = _teach(policy, [data, data], tmp_path / "run")
    [(frames, start)] = taught
    assert frames.tolist() == [*range(2, 6), *range(14, 18)]
    expected = load_policy(policy).state_dict()
    assert all((value == expected[name]).all() for name, value in start.state_dict().items())
    assert result == tmp_path / "run" / POLICY and checkpoint.kind_of(result) == HANDING_OVER


def test_it_goes_on_from_its_own_result_and_is_made_once(policy: Path, data: Path, tmp_path: Path) -> None:
    first = _teach(policy, [data], tmp_path / "first")
    before = first.read_bytes()
    assert _teach(policy, [data], tmp_path / "first").read_bytes() == before
    assert checkpoint.kind_of(_teach(first, [data], tmp_path / "second")) == HANDING_OVER
    with pytest.raises(RunError, match="first' is of another configuration .steps is 2, not 3"):
        _teach(policy, [data], tmp_path / "first", replace(CONFIG, steps=3))


@pytest.mark.parametrize(("episodes", "alone", "helped_times", "own_times"), [(1, 0.2, 6, 1), (3, 0.8, 1, 8)])
def test_what_a_policy_did_alone_is_a_share_of_what_is_cloned(
    policy: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    episodes: int,
    alone: float,
    helped_times: int,
    own_times: int,
) -> None:
    """Episodes: one of 8 frames, in which the policy rests at frames 2 and 3, and others of 6 in which somebody takes over at 2."""
    taught: list[NDArray[np.int64]] = []

    def spy(config: CloningConfig, reader: ChunkReader, frames: NDArray[np.int64], start: PolicyNetwork) -> Cloning:
        taught.append(frames)
        assert len(reader.arrays) == 6 + 6 * episodes  # rests have not happened
        assert (reader.read(np.array([1]), np.zeros(1, bool)).actions[0, 1] == made[0].frames[ACTION][4]).all()
        return Cloning(config, reader, frames, start)

    def resting(frames: dict[str, np.ndarray]) -> NDArray[np.bool_]:
        return np.isin(np.arange(len(frames[ACTION])), [2, 3] if len(frames[ACTION]) == 8 else [])

    monkeypatch.setattr(further, "Cloning", spy)
    monkeypatch.setattr(further, "pauses", resting)
    made = [
        recordings.make(1, length=8, success=True),
        *[recordings.make(3, length=6, success=True) for _ in range(episodes)],
    ]
    write_dataset(tmp_path / "data", made, {"format": FORMAT, "task": "ThreadEyelet", "policy": "shipped"})
    clone_further(CONFIG, policy, [tmp_path / "data"], tmp_path / "run", {}, lambda step, metrics: None, alone)
    frames, times = np.unique(taught[0], return_counts=True)
    own = frames < 6
    assert frames[own].tolist() == [0, 1, 2, 3, 4, 5] and (times[own] == own_times).all()
    assert (~own).sum() == 4 * episodes and (times[~own] == helped_times).all()
    assert times[own].sum() / times.sum() == pytest.approx(alone)


def test_rates_and_shares_that_there_are_not(policy: Path, data: Path, tmp_path: Path) -> None:
    half = at_rate(FURTHER, 0.5)
    assert half.learning_rate / FURTHER.learning_rate == half.matrix_learning_rate / FURTHER.matrix_learning_rate == 0.5
    with pytest.raises(ParameterError, match="rate is 1.5. Valid: a number from 0.001 to 1"):
        at_rate(FURTHER, 1.5)
    with pytest.raises(ParameterError, match="alone is 1.0. Valid: a number from 0 to 0.95"):
        clone_further(CONFIG, policy, [data], tmp_path / "run", {}, lambda step, metrics: None, 1.0)


def test_what_cannot_be_taught(policy: Path, data: Path, tmp_path: Path) -> None:
    waiting = tmp_path / "waiting.safetensors"
    checkpoint.save_weights(waiting, WAITING, {"network": vars(TINY)}, PolicyNetwork(TINY).state_dict())
    with pytest.raises(
        RunError, match="is a flow policy that waits by itself; only a flow policy or a flow policy that"
    ):
        _teach(waiting, [data], tmp_path / "run")
    with pytest.raises(DatasetError, match="No folder is named"):
        _teach(policy, [], tmp_path / "run")
    failed = tmp_path / "failed"
    write_dataset(failed, [recordings.make(2, success=False)], {"format": FORMAT, "task": "LaceShoe"})
    with pytest.raises(RunError, match="No instruction was fulfilled in .*failed: nothing to learn from"):
        _teach(policy, [failed], tmp_path / "run")
    with pytest.raises(
        RunError, match="No policy fulfilled an instruction alone in .*data, of which 0.5 of all samples"
    ):
        clone_further(CONFIG, policy, [data], tmp_path / "run", {}, lambda step, metrics: None, 0.5)
    assert not (tmp_path / "run").exists()
