"""The pipeline from files to files, tiny: what every stage leaves behind, and that nothing finished is made twice."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from observations import TINY, states
from tiny_run import EPISODES, quiet, train

from lacelab.agents.data.files import read_json
from lacelab.agents.distilling import distil
from lacelab.agents.exceptions import RunError
from lacelab.agents.learned import load_learned
from lacelab.agents.pipeline import KEPT, TAKEN, Run, save_array
from lacelab.agents.stage import CONFIG, POLICY
from lacelab.agents.training.online import ROLLOUTS
from lacelab.envs.deployment import Deployment

SEEN = {name: value[0].numpy() for name, value in states(1).items()}
STAGES = (
    "cloned",
    "critic",
    "filter",
    "filtered",
    "imitated",
    "mirrored",
    "selected",
    "steered",
    "steered-distilled",
)


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
    assert len(kept) == EPISODES > run.config.online.warm_episodes


@pytest.mark.parametrize("name", [*TAKEN, "steered-distilled"])
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
    other.clone("filtered", quiet)
    save_array(other.folder / "filter" / KEPT, ~other.kept())
    with pytest.raises(RunError, match=r"filtered' is of another configuration .*reads.filter is \w+, not \w+"):
        other.clone("filtered", quiet)


def test_a_stage_before_the_ones_that_it_reads(run: Run, tmp_path: Path) -> None:
    early = Run(run.config, run.data, tmp_path, {"commit": "abc"})
    with pytest.raises(RunError, match=r"There is no '.*kept.npy': run the stage that makes it first"):
        early.clone("filtered", quiet)
    with pytest.raises(RunError, match=r"There is no '.*policy.safetensors'"):
        early.steer(1, lambda point: None)
    assert list(tmp_path.iterdir()) == []


def test_what_learned_unaware_of_the_deployment_mode_acts_so(run: Run, tmp_path: Path) -> None:
    folder = shutil.copytree(run.folder, tmp_path / "run")
    unaware = Run(replace(run.config, online=replace(run.config.online, aware=False)), run.data, folder, {})
    unaware.steer(1, lambda point: None, "unaware")
    assert len(list((folder / "mirrored" / ROLLOUTS).rglob("*.npz"))) == EPISODES + run.config.online.warm_episodes
    ahead = {}
    for name in ("unaware", "steered"):
        policy = load_learned(folder / name / POLICY, Deployment(latency=2))
        policy.reset(0)
        policy.sent(np.full((3, 14), 0.5, np.float32))
        ahead[name] = policy.foreseen(SEEN)["target_position"]
    assert np.array_equal(ahead["unaware"], SEEN["target_position"]) and not np.array_equal(*ahead.values())
    with pytest.raises(RunError, match="'unaware' took what it saw for the present"):
        distil(unaware, 1, quiet, "unaware")
    with pytest.raises(RunError, match="only `lacelab train steer` learns unaware of it"):
        unaware.select(1, lambda point: None, "chosen")
    assert not (folder / "chosen").exists()
