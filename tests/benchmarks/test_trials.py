"""Blinded trials: mixed in a random order, sorted afterwards, kept as they come."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_world import FakeEnv

from lacelab.agents.policies import Environment
from lacelab.benchmarks import trials
from lacelab.benchmarks.episode import EpisodeSpec, Result, close_worlds
from lacelab.benchmarks.evaluate import Evaluation, evaluate
from lacelab.benchmarks.exceptions import ResumeError
from lacelab.benchmarks.trials import JOURNAL, Trials, run_blinded, write_rows
from lacelab.cli import main

_EVALUATIONS = tuple(
    Evaluation("ThreadEyelet", "standard", policy, (3, 4, 5), world="fake_world:make") for policy in ("noop", "random")
)


def test_every_policy_gets_every_layout(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    rows = run_blinded(Trials(_EVALUATIONS, 0), tmp_path, lambda done, of: told.append((done, of)))
    assert [[row["seed"] for row in own] for own in rows] == [[3, 4, 5]] * 2
    assert [{row["policy"] for row in own} for own in rows] == [{"noop"}, {"random"}]
    assert told == [(i, 6) for i in range(1, 7)]


def test_somebody_may_watch(tmp_path: Path) -> None:
    seen: list[object] = []
    rows = run_blinded(Trials(_EVALUATIONS[:1], 0), tmp_path, watch=seen.append)
    assert len(seen) == sum(row["steps"] + 1 for row in rows[0])
    assert all(isinstance(getattr(env, "unwrapped", None), FakeEnv) for env in seen)


def test_the_robot_is_let_go_of_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close_worlds()
    closed: list[str] = []
    monkeypatch.setattr(FakeEnv, "close", lambda self: closed.append("robot"))
    run_blinded(Trials(_EVALUATIONS, 0), tmp_path)
    assert closed == ["robot"]


def test_the_order_is_random_and_repeatable() -> None:
    orders = [[(spec.policy, spec.seed) for spec in Trials(_EVALUATIONS, order).specs()] for order in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2]) != orders[0]


def test_rows_are_those_of_an_evaluation(tmp_path: Path) -> None:
    own = run_blinded(Trials(_EVALUATIONS, 0), tmp_path)[1]
    write_rows(tmp_path / "blinded.jsonl", _EVALUATIONS[1], own)
    evaluate(_EVALUATIONS[1], out=tmp_path / "plain.jsonl")
    assert (tmp_path / "blinded.jsonl").read_bytes() == (tmp_path / "plain.jsonl").read_bytes()


def test_a_crash_loses_no_finished_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, begun = trials.run_episode, list[EpisodeSpec]()

    def pull_the_plug(spec: EpisodeSpec, watch: Callable[[Environment], None]) -> Result:
        begun.append(spec)
        if len(begun) == 4:
            raise KeyboardInterrupt
        return original(spec, watch)

    monkeypatch.setattr(trials, "run_episode", pull_the_plug)
    with pytest.raises(KeyboardInterrupt):
        run_blinded(Trials(_EVALUATIONS, 0), tmp_path)
    assert len((tmp_path / JOURNAL).read_text().splitlines()) == 3
    run_blinded(Trials(_EVALUATIONS, 0), tmp_path)
    assert begun[3:] == Trials(_EVALUATIONS, 0).specs()[3:4] + Trials(_EVALUATIONS, 0).specs()[3:]
    kept = [json.loads(line) for line in (tmp_path / JOURNAL).read_text().splitlines()]
    assert [(row["policy"], row["seed"]) for row in kept] == [
        (spec.policy, spec.seed) for spec in Trials(_EVALUATIONS, 0).specs()
    ]


def test_other_trials_are_refused(tmp_path: Path) -> None:
    run_blinded(Trials(_EVALUATIONS, 0), tmp_path)
    with pytest.raises(ResumeError, match="made with order = 0, this run has 1"):
        run_blinded(Trials(_EVALUATIONS, 1), tmp_path)


def test_command_wants_policies_that_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lacelab.agents.policies.SHIPPED", tmp_path)  # nothing shipped: the expert
    arguments = ["--policies", "expert", "shipped", "--out", f"{tmp_path}/rows"]
    assert main(["robot", "run", *arguments]) == 2
    assert "Valid: policies that differ" in capsys.readouterr().err
    assert not (tmp_path / "rows").exists()
