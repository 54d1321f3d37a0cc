"""Leaderboards of policies, and of methods with several training seeds."""

import json
from pathlib import Path

import numpy as np
import pytest

from lacelab import cli
from lacelab.benchmarks.episode import EpisodeSpec, Row, run_episode
from lacelab.benchmarks.exceptions import OptionsError, SampleError
from lacelab.benchmarks.report.candidates import read_sources
from lacelab.benchmarks.report.leaderboard import Candidate, leaderboards

EPISODES = 40


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Run one episode and pretend that there were many."""
    row = run_episode(EpisodeSpec("ThreadEyelet", "standard", 0, "noop", world="fake_world:make")).row
    return [row | {"seed": seed} for seed in range(EPISODES)]


def _solving(rows: list[Row], share: float, policy: str) -> list[Row]:
    """Let a policy solve a share of the episodes."""
    generator = np.random.default_rng(int(1e6 * share) + len(policy))
    good = generator.random(len(rows)) < share
    return [
        row | {"policy": policy, "success": bool(one), "outcome": "success" if one else "failure"}
        for row, one in zip(rows, good, strict=True)
    ]


def _write(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_policies_on_the_same_episodes(rows: list[Row]) -> None:
    worse = [row | {"policy": "worse", "success": False} for row in rows]
    (board,) = leaderboards([Candidate("worse", [worse]), Candidate("noop", [rows])])
    assert board.title == "ThreadEyelet · standard"
    assert [(entry.name, entry.comparison) for entry in board.entries] == [("noop", ""), ("worse", "p = 1.8e-12")]
    others = leaderboards([Candidate("worse", [worse[1:]]), Candidate("noop", [rows])])[0]
    assert [entry.comparison for entry in others.entries] == ["", ""]
    soft = [row | {"settings": {"lace_stiffness": 0.5}} for row in rows]
    boards = leaderboards([Candidate("noop", [rows]), Candidate("noop", [soft])])
    assert boards[1].title == "ThreadEyelet · standard · lace_stiffness = 0.5"


def test_methods_with_several_training_seeds(rows: list[Row]) -> None:
    good = Candidate("good", [_solving(rows, share, "good") for share in (0.8, 0.9, 0.95)])
    poor = Candidate("poor", [_solving(rows, share, "poor") for share in (0.3, 0.5, 0.4)])
    alone = Candidate("alone", [_solving(rows, 0.6, "alone")])
    (board,) = leaderboards([poor, alone, good])
    assert [(entry.name, entry.trainings) for entry in board.entries] == [("good", 3), ("alone", 1), ("poor", 3)]
    first, second, third = board.entries
    assert first.solved.endswith("/120") and first.comparison == ""
    assert first.interval.low < first.rate < first.interval.high
    assert second.comparison.startswith("-") and third.comparison.startswith("-")
    low, high = third.comparison.split("(")[1].rstrip(")").split(" to ")
    assert -80 < float(low) < float(high) < -15


def test_training_seeds_on_different_episodes_are_refused(rows: list[Row]) -> None:
    with pytest.raises(SampleError, match="The training seeds of 'mixed' were evaluated on different episodes."):
        leaderboards([Candidate("mixed", [rows, rows[1:]])])


def test_sources(rows: list[Row], tmp_path: Path) -> None:
    for number in range(3):
        both = rows[:5] + [row | {"difficulty": "hard"} for row in rows[:4]]
        _write(tmp_path / f"seed{number}.jsonl", [row | {"policy": f"run{number}"} for row in both])
    found = read_sources([tmp_path / "seed0.jsonl"], [f"flow={tmp_path}/seed*.jsonl"])
    assert [source.title for source in found] == [
        "ThreadEyelet · standard · run0",
        "ThreadEyelet · hard · run0",
        "ThreadEyelet · standard · flow",
        "ThreadEyelet · hard · flow",
    ]
    assert [len(source.candidate.trainings) for source in found] == [1, 1, 3, 3]
    assert len(found[2].paths) == 3 and len(found[2].candidate.rows) == 15
    _write(tmp_path / "seed3.jsonl", [row | {"task": "PickLace"} for row in rows])
    with pytest.raises(SampleError, match="seed3.jsonl' holds 0 policies on 'ThreadEyelet · standard'"):
        read_sources([], [f"flow={tmp_path}/seed*.jsonl"])


@pytest.mark.parametrize(
    ("methods", "text"),
    [
        ([], "There is nothing to report."),
        (["flow"], "'flow' names no method. Valid: NAME=PATTERN"),
        (["flow=nowhere*"], "Method 'flow' needs files of two or more training seeds, 'nowhere\\*' is 0."),
    ],
)
def test_sources_that_are_none(methods: list[str], text: str) -> None:
    with pytest.raises(OptionsError, match=text):
        read_sources([], methods)


def test_page_of_methods(rows: list[Row], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, share in (("a1", 0.9), ("a2", 0.7), ("b1", 0.4), ("b2", 0.2)):
        _write(tmp_path / f"{name}.jsonl", _solving(rows, share, f"runs/{name}.pt"))
    methods = ["--method", f"first={tmp_path}/a*.jsonl", f"second={tmp_path}/b*.jsonl"]
    out = tmp_path / "page.html"
    assert cli.main(["report", *methods, "--videos", "0", "--out", str(out)]) == 0
    page = out.read_text()
    assert "2 training seeds" in page and "mean of 2 training seeds" in page and "runs/b2.pt" in page
    assert cli.main(["report", *methods, "--videos", "-1"]) == 2
    assert "neither can be negative" in capsys.readouterr().err
