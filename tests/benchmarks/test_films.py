"""Which episodes a page shows."""

from pathlib import Path

import pytest

from lacelab import cli
from lacelab.benchmarks.episode import EpisodeSpec, Row, run_episode
from lacelab.benchmarks.exceptions import ResumeError
from lacelab.benchmarks.films import filming, pick_episodes
from lacelab.benchmarks.report.curves import draw_curves, read_curves
from lacelab.benchmarks.report.leaderboard import leaderboards


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Run episodes with all endings."""
    spec = EpisodeSpec("ThreadEyelet", "standard", 0, "noop", world="fake_world:make")
    seeds = (0, 1, 3, 5, 6, 8)
    return [run_episode(EpisodeSpec(**{**vars(spec), "seed": seed})).row for seed in seeds]


def test_a_success_and_each_kind_of_failure(rows: list[Row]) -> None:
    assert [row["seed"] for row in pick_episodes(rows, 9)] == [0, 3, 5, 6]
    assert [row["seed"] for row in pick_episodes(rows, 2)] == [0, 3]
    assert [row["seed"] for row in pick_episodes(rows[2:], 1)] == [3]


def test_films_keep_to_the_budget(rows: list[Row]) -> None:
    with filming([rows[:1], rows[2:3]], 1, 10**6) as films:
        assert [len(found) for found in films] == [1, 1]
        assert films[0][0].caption == "Success · seed 0 · plain"
        assert films[1][0].caption == "Out of time at thread · seed 3 · plain"
        size = films[0][0].path.stat().st_size
    with filming([rows[:1], rows[2:3]], 1, size) as films:
        assert [len(found) for found in films] == [1, 0]


def test_leaderboard_ranks_policies_on_the_same_episodes(rows: list[Row]) -> None:
    worse = [row | {"policy": "worse", "success": False} for row in rows]
    (board,) = leaderboards([worse, rows])
    assert board.title == "ThreadEyelet · standard"
    assert [(entry.policy, entry.p_value) for entry in board.entries] == [("noop", ""), ("worse", "0.5")]
    assert [entry.p_value for entry in leaderboards([worse[1:], rows])[0].entries] == ["", ""]
    soft = [row | {"settings": {"lace_stiffness": 0.5}} for row in rows]
    assert [found.title for found in leaderboards([rows, soft])][1] == "ThreadEyelet · standard · lace_stiffness = 0.5"


def test_curves(tmp_path: Path) -> None:
    path = tmp_path / "curves.jsonl"
    path.write_text('{"run": "a", "step": 10, "success": 1}\n{"run": "a", "step": 0, "success": 0}\n')
    (curve,) = read_curves(path)
    assert curve.points == [(0.0, 0.0), (10.0, 1.0)]
    assert 'd="M40.0 236.0L628.0 10.0"' in draw_curves([curve])
    path.write_text("{}\n")
    with pytest.raises(ResumeError, match="holds no learning curves: 'run'"):
        read_curves(path)


def test_report_of_no_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.jsonl").touch()
    assert cli.main(["report", str(tmp_path / "rows.jsonl")]) == 2
    assert "holds no rows to report" in capsys.readouterr().err
