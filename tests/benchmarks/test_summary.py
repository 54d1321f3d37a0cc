"""Summaries of rows."""

import json
import math
from typing import Any

from lacelab.benchmarks.summary import as_json, failure_kind, summarize


def _row(seed: int, outcome: str, **more: Any) -> dict[str, Any]:
    row = {
        "task": "ThreadEyelet",
        "seed": seed,
        "success": outcome == "success",
        "outcome": outcome,
        "reason": None,
        "stage": "thread",
        "stages": {"pick": 2.0},
        "duration": 10.0 + seed,
        "phase": None,
        "retries": 1,
        "penetration_p99": 1e-4 * (seed + 1),
        "penetration_max": 1e-3,
        "peak_stretch": 0.01,
        "peak_tension": None,
    }
    return row | more


ROWS = [
    _row(0, "success"),
    _row(1, "success"),
    _row(2, "failure", phase="insert"),
    _row(3, "failure", phase="insert"),
    _row(4, "crashed", reason="ValueError: no", stages=None, duration=None, retries=None, penetration_p99=None),
]


def test_counts_and_medians() -> None:
    summary = summarize(ROWS)
    assert (summary.success.successes, summary.success.trials) == (2, 5)
    assert summary.outcomes == {"success": 2, "failure": 2, "invalid": 0, "diverged": 0, "crashed": 1}
    assert summary.duration_of_successes == 10.5 and summary.retries == 4
    assert summary.physics.penetration_p99_worst == 4e-4 and summary.physics.tension_max is None
    assert math.isclose(summary.physics.penetration_p99_median or 0.0, 2.5e-4)


def test_failures_are_grouped_most_frequent_first() -> None:
    assert [tuple(failure) for failure in summarize(ROWS).failures] == [
        ("out of time at thread (insert)", 2, [2, 3]),
        ("crashed: ValueError: no", 1, [4]),
    ]


def test_names_of_failures() -> None:
    assert failure_kind(_row(0, "diverged")) == "diverged at thread"
    assert failure_kind(_row(0, "invalid", phase="pull")) == "invalid at thread (pull)"


def test_nothing_is_a_summary_too() -> None:
    text = json.dumps(as_json(summarize([])), allow_nan=False)
    assert json.loads(text)["success"]["rate"] is None
