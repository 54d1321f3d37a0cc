"""What is cloned of rollouts, and what cannot be."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from observations import TINY
from tiny_run import EPISODES, quiet, roll_out

from lacelab.agents import checkpoint, distilling
from lacelab.agents.data.files import read_json
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import ACTION
from lacelab.agents.distilling import IMITATED, SUCCESSES, distil, imitate
from lacelab.agents.exceptions import RunError
from lacelab.agents.pipeline import Run
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.rollouts import Rollout, RolloutSpec, as_sent, rollout_seed
from lacelab.agents.stage import CONFIG, POLICY
from lacelab.agents.training import online
from lacelab.agents.training.cloning import KIND, WAITING, Cloning, CloningConfig
from lacelab.agents.training.online import ROLLOUTS
from lacelab.envs.exceptions import ParameterError

Taught = list[tuple[ChunkReader, NDArray[np.int64], PolicyNetwork]]


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch) -> Taught:
    """Return what learners are given from now on."""
    found: Taught = []

    def spy(config: CloningConfig, reader: ChunkReader, frames: NDArray[np.int64], start: PolicyNetwork) -> Cloning:
        found.append((reader, frames, start))
        return Cloning(config, reader, frames, start)

    monkeypatch.setattr(distilling, "Cloning", spy)
    return found


@pytest.fixture
def again(run: Run, tmp_path: Path) -> Run:
    """Return the run, in which nothing is distilled or imitated yet."""
    left_out = shutil.ignore_patterns("steered-distilled", IMITATED)
    return Run(run.config, run.data, shutil.copytree(run.folder, tmp_path / "run", ignore=left_out), {"commit": "abc"})


def _is_cloned(run: Run, taught: Taught, met: list[Rollout]) -> None:
    """Assert that what the filter keeps is cloned, and all of some rollouts, as hands really closed."""
    [(reader, frames, _)] = taught
    first, sent = len(run.reader.arrays), [as_sent(rollout, TINY.chunk).frames[ACTION] for rollout in met]
    assert frames.tolist() == [*np.flatnonzero(run.kept()), *range(first, first + 8 * len(met))]
    assert np.array_equal(reader.arrays.vectors[ACTION][first:], np.concatenate(sent)) and met


def test_what_succeeded_online_is_distilled(again: Run, taught: Taught) -> None:
    distil(again, 1, quiet)
    met = online.met(again.config.online, again.folder / "mirrored" / POLICY, again.folder / "steered", 1)
    _is_cloned(again, taught, [rollout for rollout in met if rollout.success])


def test_what_the_mirrored_policy_did_is_imitated(again: Run, taught: Taught) -> None:
    seen: list[Rollout] = []
    made = imitate(again, EPISODES, 1, seen.append, quiet)
    seeds = [rollout_seed(3, number) for number in range(EPISODES)]
    _is_cloned(again, taught, [roll_out(RolloutSpec(made, seed)) for seed in seeds if seed % 2])
    assert read_json(made.parent / SUCCESSES) == {"rollouts": EPISODES, "successes": 2}
    assert seen == [], "the run had rolled all of them out"
    with pytest.raises(RunError, match=r"imitated' is of another configuration \(episodes is 4, not 3\)"):
        imitate(again, 3, 1, seen.append, quiet)


def test_warm_rollouts_of_other_stages_are_the_first_that_are_imitated(run: Run) -> None:
    kept = {int(path.stem) for path in (run.folder / "mirrored" / ROLLOUTS).rglob("*.npz")}
    assert kept == {rollout_seed(3, number) for number in range(EPISODES)}
    assert run.config.online.warm_episodes < EPISODES


@pytest.mark.parametrize("stage", ["steered-distilled", IMITATED])
def test_what_saw_hands_wait_waits_by_itself(run: Run, stage: str) -> None:
    assert checkpoint.kind_of(run.folder / stage / POLICY) == WAITING
    assert checkpoint.kind_of(run.folder / "mirrored" / POLICY) == KIND


@pytest.mark.parametrize("name", ["nothing", "mirrored", IMITATED])
def test_only_a_finished_online_stage_is_distilled(run: Run, name: str) -> None:
    with pytest.raises(RunError, match=f"{name}' is no finished online stage"):
        distil(run, 1, quiet, name)


def test_without_a_success_there_is_nothing_to_learn_from(again: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = roll_out(RolloutSpec(again.folder, 2))
    monkeypatch.setattr(online, "met", lambda *unused: [failed] * 3)
    with pytest.raises(RunError, match="None of the 3 rollouts that 'selected' met succeeded"):
        distil(again, 1, quiet, "selected")
    with pytest.raises(RunError, match="None of the 1 rollouts of the mirrored policy succeeded"):
        imitate(again, 1, 1, lambda rollout: None, quiet)
    with pytest.raises(ParameterError, match="^episodes is 0. Valid: a whole number from 1"):
        imitate(again, 0, 1, lambda rollout: None, quiet)


def test_both_go_on_from_the_mirrored_policy_at_the_rates_of_distillation(again: Run, taught: Taught) -> None:
    rates = replace(again.config.distillation, steps=1)
    shorter = Run(replace(again.config, distillation=rates), again.data, again.folder, {})
    mirrored = checkpoint.load_weights(again.folder / "mirrored" / POLICY, KIND)[1]
    for made in (imitate(shorter, EPISODES, 1, lambda rollout: None, quiet), distil(shorter, 1, quiet)):
        assert read_json(made.parent / CONFIG)["config"]["steps"] == 1
    assert len(taught) == 2
    for _, _, start in taught:
        assert all((start.state_dict()[name] == value).all() for name, value in mirrored.items())
