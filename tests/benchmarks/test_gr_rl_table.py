"""The table of GR-RL's rows."""

from pathlib import Path

import pytest
from rich.console import Console

from lacelab.benchmarks.gr_rl_table import GrRlTable, as_json, holm, print_table, steps_up
from lacelab.envs.exceptions import LaceLabError

STAGES = ("pick", "thread", "handover", "pull", "putdown")


def rows(successes: str) -> list[dict[str, object]]:
    """Return rows of which those marked 1 succeeded; the others stopped after the pick."""
    return [
        {
            "task": "ThreadEyelet",
            "success": mark == "1",
            "outcome": "success" if mark == "1" else "failure",
            "stages": {stage: 1.0 if mark == "1" or stage == "pick" else None for stage in STAGES},
        }
        for mark in successes
    ]


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])


def test_steps_count_pairs_that_differ() -> None:
    step, *rest = steps_up({"cloned": rows("0000000011"), "filtered": rows("1111111101")})
    assert rest == []
    assert (step.only_before, step.only_after) == (1, 8)
    assert step.difference == pytest.approx(0.7)
    assert step.p_value == pytest.approx(2 * (1 + 9) / 2**9)  # Two-sided binomial of 1 in 9.
    assert step.low < 0.7 < step.high


def test_every_row_is_compared_with_the_one_that_it_stands_on() -> None:
    found = steps_up({name: rows("01") for name in ("cloned", "filtered", "mirrored", "steered", "selected")})
    assert [step.name for step in found] == [
        "cloned -> filtered",
        "filtered -> mirrored",
        "mirrored -> steered",
        "mirrored -> selected",
    ]
    assert [step.name for step in steps_up({"mirrored": rows("01"), "selected": rows("11")})] == [
        "mirrored -> selected"
    ]


def test_rows_beyond_the_paper_stand_beside_nothing() -> None:
    found = {"mirrored": rows("0011"), "selected": rows("0111")}
    print_table(found, Console(record=True, width=200))
    assert list(as_json(found)["paper"]) == ["mirrored"]


def test_table_shows_funnels_beside_the_papers() -> None:
    found = {"cloned": rows("0011"), "filtered": rows("0111")}
    console = Console(record=True, width=200)
    print_table(found, console)
    text = console.export_text()
    assert "cloned (n = 4)" in text
    assert "100.0%" in text
    assert "90.6% 58.7% 46.4% 45.7%" in text
    assert as_json(found)["rows"]["cloned"]["funnel"]["pull"]["successes"] == 2


def test_runs_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(LaceLabError, match="give --runs FOLDER"):
        GrRlTable(tmp_path).main()
    with pytest.raises(LaceLabError, match="share no finished row. Rows: cloned, filtered, mirrored, steered"):
        GrRlTable(tmp_path, (tmp_path,)).main()
