"""The pipeline from files to files, tiny: what every stage leaves behind, and that nothing finished is made twice."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import recordings
from numpy.typing import NDArray
from observations import TINY, states
from synthetic_frames import synthetic_rows

from lacelab.agents import checkpoint, pipeline, rollouts
from lacelab.agents.data.files import read_json
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import ACTION, FORMAT
from lacelab.agents.data.writer import write_dataset
from lacelab.agents.exceptions import RunError
from lacelab.agents.learned import load_learned
from lacelab.agents.pipeline import KEPT, OFFLINE, Run, RunConfig, save_array
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.rollouts import Rollout, RolloutSpec, as_sent
from lacelab.agents.stage import CONFIG, POLICY
from lacelab.agents.training import online
from lacelab.agents.training.cloning import KIND, WAITING, Cloning, CloningConfig
from lacelab.agents.training.online import ROLLOUTS, OnlineConfig
from lacelab.agents.training.selection import SelectionConfig
from lacelab.agents.training.steering import SteeringConfig
from lacelab.agents.training.td import CriticConfig
from lacelab.envs.deployment import Deployment

CONFIG_OF_ALL = RunConfig(
    seed=3,
    dropped=0.2,
    network=TINY,
    cloning=CloningConfig(steps=2, batch=4),
    critic=CriticConfig(steps=2, batch=4),
    online=OnlineConfig(warm_episodes=2, critic_steps=1, rounds=1, episodes=1, updates=1, demonstrations=True),
    steering=SteeringConfig(batch=6),
    selection=SelectionConfig(batch=6, candidates=2),
    distillation=CloningConfig(steps=2, batch=4),
)
SEEN = {name: value[0].numpy() for name, value in states(1).items()}
STAGES = ("cloned", "critic", "filter", "filtered", "mirrored", "selected", "steered", "steered-distilled")


def _roll_out(spec: RolloutSpec) -> Rollout:
    reward = np.zeros(8, np.float32)
    reward[-1] = spec.seed % 2
    return Rollout(synthetic_rows(8, np.random.default_rng(spec.seed)), reward, 5)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Return a run of all stages."""
    folder = tmp_path_factory.mktemp("pipeline")
    episodes = [recordings.make(seed, length=12) for seed in range(6)]
    write_dataset(folder / "data", episodes, {"format": FORMAT, "task": "ThreadEyelet", "difficulty": "standard"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollouts, "roll_out", _roll_out)
        found = Run(CONFIG_OF_ALL, folder / "data", folder / "run", {"commit": "abc"})
        train(found)
        yield found


def train(run: Run) -> None:
    """Go through all stages."""
    run.clone("cloned", _quiet)
    run.judge(_quiet)
    run.filter()
    run.clone("filtered", _quiet)
    run.clone("mirrored", _quiet)
    run.steer(1, lambda point: None)
    run.select(1, lambda point: None)
    run.distil(1, _quiet)


def _quiet(step: int, metrics: dict[str, float]) -> None:
    """Show nothing."""


def test_every_stage_says_how_it_was_made(run: Run) -> None:
    assert tuple(run.seconds()) == STAGES
    for stage in STAGES:
        facts = read_json(run.folder / stage / CONFIG)
        assert facts["commit"] == "abc" and facts["seconds"] > 0 and facts["data"] == "data"


def test_rows_differ_in_frames_and_mirroring_only(run: Run) -> None:
    cloned, filtered, mirrored = (
        read_json(run.folder / row / CONFIG)["config"] for row in ("cloned", "filtered", "mirrored")
    )
    kept = int(np.load(run.folder / "filter" / KEPT).sum())
    assert (cloned["frames"], filtered["frames"], mirrored["frames"]) == (len(run.reader.arrays), kept, kept)
    assert (cloned["mirror"], filtered["mirror"], mirrored["mirror"]) == (0.0, 0.0, 0.5)
    same = [
        {k: v for k, v in row.items() if k not in ("frames", "mirror", "reads")} for row in (cloned, filtered, mirrored)
    ]
    assert same[0] == same[1] == same[2]


def test_what_is_cloned_further(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Demonstrations that the filter keeps, and all that succeeded online, as hands really closed."""
    taught: list[tuple[ChunkReader, NDArray[np.int64]]] = []

    def spy(config: CloningConfig, reader: ChunkReader, frames: NDArray[np.int64], start: PolicyNetwork) -> Cloning:
        taught.append((reader, frames))
        return Cloning(config, reader, frames, start)

    monkeypatch.setattr(pipeline, "Cloning", spy)
    shutil.copytree(run.folder, tmp_path / "run", ignore=shutil.ignore_patterns("steered-distilled"))
    Run(run.config, run.data, tmp_path / "run", {"commit": "abc"}).distil(1, _quiet)
    [(reader, frames)] = taught
    succeeded = [
        rollout
        for rollout in online.met(run.config.online, run.folder / "mirrored" / POLICY, run.folder / "steered", 1)
        if rollout.success
    ]
    first, sent = len(run.reader.arrays), [as_sent(rollout, TINY.chunk).frames[ACTION] for rollout in succeeded]
    assert frames.tolist() == [*np.flatnonzero(run.kept()), *range(first, first + 8 * len(succeeded))]
    assert np.array_equal(reader.arrays.vectors[ACTION][first:], np.concatenate(sent)) and succeeded


def test_everything_random_follows_from_the_seed_of_the_run(run: Run) -> None:
    stages = ("cloning", "critic", "online", "steering", "selection", "distillation")
    assert {getattr(run.config, stage).seed for stage in stages} == {3}


@pytest.mark.parametrize("row", ["cloned", "mirrored", "steered", "selected", "steered-distilled"])
def test_every_policy_acts(run: Run, row: str) -> None:
    policy = load_learned(run.folder / row / POLICY)
    policy.reset(0)
    chunk = policy.act(SEEN)
    assert chunk.shape == (TINY.chunk, 14) and np.isfinite(chunk).all()


def test_what_is_finished_is_not_made_again(run: Run) -> None:
    before = {stage: (run.folder / stage / CONFIG).read_bytes() for stage in STAGES}
    train(run)
    assert {stage: (run.folder / stage / CONFIG).read_bytes() for stage in STAGES} == before


def test_warm_rollouts_are_shared(run: Run) -> None:
    kept = list((run.folder / "mirrored" / ROLLOUTS).rglob("*.npz"))
    assert len(kept) == run.config.online.warm_episodes


@pytest.mark.parametrize("name", [*OFFLINE, "steered-distilled"])
def test_no_stage_takes_the_folder_of_another(run: Run, name: str) -> None:
    with pytest.raises(RunError, match=f"'{name}' is the folder of another stage"):
        run.steer(1, lambda point: None, name)


def test_a_stage_refuses_what_another_configuration_made(run: Run) -> None:
    other = replace(run.config, steering=replace(run.config.steering, bound=2.0))
    again = Run(other, run.data, run.folder, {"commit": "abc"})
    with pytest.raises(RunError, match=r"steered' is of another configuration \(rates.bound is 1.0, not 2.0\)"):
        again.steer(1, lambda point: None)
    with pytest.raises(RunError, match="learner is Steering, not Selection"):
        run.select(1, lambda point: None, "steered")


def test_a_stage_refuses_what_was_made_of_something_else(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    other = Run(run.config, run.data, tmp_path / "run", {"commit": "abc"})
    other.clone("filtered", _quiet)
    save_array(other.folder / "filter" / KEPT, ~other.kept())
    with pytest.raises(RunError, match=r"filtered' is of another configuration .*reads.filter is \w+, not \w+"):
        other.clone("filtered", _quiet)


def test_a_stage_before_the_ones_that_it_reads(run: Run, tmp_path: Path) -> None:
    early = Run(run.config, run.data, tmp_path, {"commit": "abc"})
    with pytest.raises(RunError, match=r"There is no '.*kept.npy': run the stage that makes it first"):
        early.clone("filtered", _quiet)
    with pytest.raises(RunError, match=r"There is no '.*policy.safetensors'"):
        early.steer(1, lambda point: None)
    assert list(tmp_path.iterdir()) == []


def test_a_distilled_policy_waits_by_itself(run: Run) -> None:
    assert checkpoint.kind_of(run.folder / "steered-distilled" / POLICY) == WAITING
    assert checkpoint.kind_of(run.folder / "mirrored" / POLICY) == KIND


@pytest.mark.parametrize("name", ["nothing", "mirrored"])
def test_only_a_finished_online_stage_is_distilled(run: Run, name: str) -> None:
    with pytest.raises(RunError, match=f"{name}' is no finished online stage"):
        run.distil(1, _quiet, name)


def test_what_learned_unaware_of_the_deployment_mode_acts_so(run: Run, tmp_path: Path) -> None:
    folder = shutil.copytree(run.folder, tmp_path / "run")
    unaware = Run(replace(run.config, online=replace(run.config.online, aware=False)), run.data, folder, {})
    unaware.steer(1, lambda point: None, "unaware")
    assert len(list((folder / "mirrored" / ROLLOUTS).rglob("*.npz"))) == 2 * run.config.online.warm_episodes
    ahead = {}
    for name in ("unaware", "steered"):
        policy = load_learned(folder / name / POLICY, Deployment(latency=2))
        policy.reset(0)
        policy.sent(np.full((3, 14), 0.5, np.float32))
        ahead[name] = policy.foreseen(SEEN)["target_position"]
    assert np.array_equal(ahead["unaware"], SEEN["target_position"]) and not np.array_equal(*ahead.values())
    with pytest.raises(RunError, match="'unaware' took what it saw for the present"):
        unaware.distil(1, _quiet, "unaware")
    with pytest.raises(RunError, match="only `lacelab train steer` learns unaware of it"):
        unaware.select(1, lambda point: None, "chosen")
    assert not (folder / "chosen").exists()


def test_without_a_success_there_is_nothing_to_distil(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = _roll_out(RolloutSpec(run.folder, 2))
    monkeypatch.setattr(online, "met", lambda *unused: [failed] * 3)
    with pytest.raises(RunError, match="None of the 3 rollouts that 'selected' met succeeded"):
        run.distil(1, _quiet, "selected")
