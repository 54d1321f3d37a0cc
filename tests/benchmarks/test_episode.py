"""One episode, one row."""

import dataclasses
import json

import pytest
from fake_world import CRASHES, FakeEnv

from lacelab.benchmarks import episode
from lacelab.benchmarks.episode import EpisodeSpec, run_episode
from lacelab.benchmarks.exceptions import SeedsError, WorkerError
from lacelab.envs.exceptions import UnknownNameError

SPEC = EpisodeSpec("ThreadEyelet", "standard", 0, "noop", world="fake_world:make")


def test_row_of_a_success() -> None:
    row, timing = run_episode(SPEC)
    versions = row.pop("versions")
    assert row == {
        "task": "ThreadEyelet",
        "difficulty": "standard",
        "seed": 0,
        "policy": "noop",
        "mirror": False,
        "deployment": False,
        "world": "fake_world:make",
        "settings": {},
        "success": True,
        "outcome": "success",
        "reason": None,
        "instruction": "plain",
        "stages": {"pick": 0.1, "thread": 0.25},
        "stage": "thread",
        "max_stage": 1,
        "duration": 0.25,
        "steps": 5,
        "phase": None,
        "retries": None,
        "penetration_p99": 0.0002,
        "penetration_max": 0.0004,
        "peak_stretch": 0.01,
        "peak_tension": None,  # was not a number
        "clipped_actions": None,
    }
    assert {"lacelab", "mujoco", "dm_control", "numpy", "python", "machine"} == versions.keys()
    assert timing.simulated == 0.25 and timing.cpu >= 0 and timing.wall > 0


@pytest.mark.parametrize(
    ("seed", "outcome", "reason"),
    [
        (3, "failure", None),
        (5, "diverged", "too fast"),
        (6, "invalid", "tunnelled"),
        (8, "crashed", "RuntimeError: the lace broke"),
    ],
)
def test_outcomes(seed: int, outcome: str, reason: str | None) -> None:
    row = run_episode(dataclasses.replace(SPEC, seed=seed)).row
    assert (row["outcome"], row["success"], row["reason"]) == (outcome, False, reason)
    json.dumps(row, allow_nan=False)


def test_reporting_policy_with_long_chunks() -> None:
    row = run_episode(dataclasses.replace(SPEC, policy="fake_world:make_chatty")).row
    assert (row["phase"], row["retries"], row["steps"]) == ("insert", 2, 5)


def test_mirrored_episode() -> None:
    assert run_episode(dataclasses.replace(SPEC, mirror=True)).row["instruction"] == "mirrored"


def test_empty_chunk_is_a_crash_not_a_hang() -> None:
    row = run_episode(dataclasses.replace(SPEC, policy="fake_world:make_empty")).row
    assert row["reason"] == "ValueError: the policy returned an empty chunk"


def test_policy_that_cannot_be_made() -> None:
    with pytest.raises(WorkerError, match="FileNotFoundError: no weights here"):
        run_episode(dataclasses.replace(SPEC, policy="fake_world:make_failing"))


def test_names_are_checked() -> None:
    with pytest.raises(UnknownNameError, match="Unknown task 'ThreadEyelets'. Did you mean 'ThreadEyelet'?"):
        dataclasses.replace(SPEC, task="ThreadEyelets")
    with pytest.raises(UnknownNameError, match="Unknown difficulty 'medium'.* Valid: easy, standard, hard."):
        dataclasses.replace(SPEC, difficulty="medium")
    with pytest.raises(SeedsError, match="Seed -1 is negative."):
        dataclasses.replace(SPEC, seed=-1)


def test_whole_shoes_count_eyelets() -> None:
    row = run_episode(dataclasses.replace(SPEC, task="LaceShoe")).row
    assert row["eyelets_done"] == 4 and len(row["eyelets"]) == 5


def test_policies_that_take_turns_share_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(episode, "world_factory", lambda name: lambda spec, mode: made.append(name) or FakeEnv())
    episode.close_worlds()
    for policy in ("noop", "random", "noop"):
        assert run_episode(EpisodeSpec("ThreadEyelet", "standard", 1, policy, world="robot")).row["success"]
    episode.close_worlds()
    assert made == ["robot"]


def test_a_robot_that_cannot_be_let_go_of_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def stick(env: FakeEnv) -> None:
        raise RuntimeError("the wire is gone")

    monkeypatch.setattr(FakeEnv, "close", stick)
    row = run_episode(dataclasses.replace(SPEC, seed=CRASHES)).row
    assert row["outcome"] == "crashed"
    assert "the lace broke" in row["reason"] and "closing failed as well" in row["reason"]
    assert "the wire is gone" in row["reason"]
