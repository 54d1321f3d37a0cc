"""Late, never, and as usual."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lacelab.benchmarks.recoveries import CountRecoveries, Recoveries, recoveries
from lacelab.envs.exceptions import LaceLabError
from lacelab.envs.tasks import TASKS


def _row(pick: float | None, insert: float | None, outcome: str = "failure") -> dict[str, Any]:
    return {"task": "InsertAglet", "outcome": outcome, "stages": {"pick": pick, "thread": insert}}


ROWS = [
    *[_row(2.0, 6.0, "success")] * 3,
    _row(3.0, 12.0, "success"),  # 9 s for the second stage, twice 4 s are 8 s
    _row(5.0, 8.0, "success"),
    _row(2.0, None),
    _row(None, None),
    _row(2.0, 6.0, "diverged"),  # proves nothing
]


def test_every_stage_is_counted_where_the_one_before_was_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    _two_stages(monkeypatch)
    assert recoveries(ROWS) == [Recoveries("pick", 5, 1, 2), Recoveries("thread", 4, 1, 1)]
    assert recoveries(ROWS)[1].recovered[:2] == (1, 2)


def test_nothing_was_ever_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    _two_stages(monkeypatch)
    assert recoveries([_row(None, None)]) == [Recoveries("pick", 0, 0, 1), Recoveries("thread", 0, 0, 0)]


def test_lines_of_all_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _two_stages(monkeypatch)
    paths = (tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    for path, rows in zip(paths, (ROWS[:5], ROWS[5:]), strict=True):
        path.write_text("".join(json.dumps(row | {"seed": 0}) + "\n" for row in rows))
    CountRecoveries(paths).run()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("pick: 5 as usual, 1 late, 2 never; recovered 33% [")
    assert lines[-1].startswith("all: 9 as usual, 2 late, 3 never; recovered 40% [")


@pytest.mark.parametrize("tasks", [[], ["LaceShoe"], ["PickLace", "ThreadEyelet"]])
def test_rows_of_something_else_are_refused(tasks: list[str]) -> None:
    with pytest.raises(LaceLabError, match="rows of one task with one instruction per episode"):
        recoveries([_row(1.0, 2.0) | {"task": task} for task in tasks])


def _two_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    task = TASKS["InsertAglet"]
    monkeypatch.setitem(TASKS, "InsertAglet", replace(task, stages=("pick", "thread")))
