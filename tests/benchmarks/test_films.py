"""Which episodes a page shows."""

from pathlib import Path

import pytest

from lacelab import cli
from lacelab.benchmarks.episode import EpisodeSpec, Row, run_episode
from lacelab.benchmarks.films import filming, pick_episodes


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


def test_report_of_no_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.jsonl").touch()
    assert cli.main(["report", str(tmp_path / "rows.jsonl")]) == 2
    assert "holds no rows to report" in capsys.readouterr().err


def test_films_need_a_worker(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "rows.jsonl", "--workers", "0"]) == 2
    assert "workers" in capsys.readouterr().err


def test_policies_that_do_not_run_here_are_not_filmed(rows: list[Row]) -> None:
    foreign, problems = [rows[0] | {"policy": "theirs:make"}], list[str]()
    with filming([foreign, rows[:1]], 1, 10**6, on_problem=problems.append) as films:
        assert [len(found) for found in films] == [0, 1]
    assert problems == [
        "No video of seed 0 with 'theirs:make': LoadingError: " + problems[0].split("LoadingError: ")[1]
    ]


def test_a_film_that_ends_otherwise_says_so(rows: list[Row]) -> None:
    with filming([[rows[0] | {"success": False, "outcome": "failure"}]], 1, 10**6) as films:
        assert films[0][0].caption.endswith("ended otherwise when it was filmed")
