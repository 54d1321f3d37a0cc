"""What one row of GR-RL's table gains over another, over all training runs that have both.

A step is tested by McNemar's exact test on all pairs (training run, episode) together, and the tests of a table are corrected by
Holm's method (1979). Beside each gain stands how many pairs a new experiment would need to show it, if it were as large as it was seen, and how many successes
would have been enough: plans, no second test of what there is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from scipy.stats import binomtest

from .episode import Row
from .exceptions import SampleError
from .paired import compare
from .power import pairs_for
from .statistics import McNemar, proportion, stage_funnel

BEFORE = {
    "filtered": ("cloned",),
    "mirrored": ("filtered", "cloned"),
    "steered": ("mirrored",),
    "selected": ("mirrored",),
    "steered-distilled": ("mirrored",),
    "imitated": ("mirrored",),
    "retrying": ("mirrored",),
    "practised": ("mirrored",),
    "helped": ("mirrored",),
    "helped-filtered": ("mirrored",),
}
"""Which row another one is compared with: the first of these that there is."""

ByRun = Mapping[str, Sequence[Row]]
"""Episodes of each training run, all in the same order of seeds."""


class Step(NamedTuple):
    """From one row to another."""

    name: str
    runs: int  # training runs that have both
    difference: float
    low: float  # Newcombe, 95 %
    high: float
    only_before: int  # episodes that only the row before solved
    only_after: int
    p_value: float  # McNemar, exact
    p_holm: float
    pairs: int
    pairs_needed: int | None  # see the functions
    successes_needed: int | None


def steps_up(rows: Mapping[str, ByRun]) -> list[Step]:
    """Compare each row with the one that it stands on; rows that share no training run are not compared."""
    found = []
    for after, candidates in BEFORE.items():
        before = next((name for name in candidates if name in rows), None)
        shared = [run for run in rows.get(after, {}) if before is not None and run in rows[before]]
        if before is None or not shared:
            continue
        table, difference = compare(_successes(rows[before], shared), _successes(rows[after], shared))
        found.append((f"{before} -> {after}", len(shared), difference, table))
    corrected = holm([table.p_value for *_, table in found])
    return [
        Step(
            name,
            runs,
            diff.value,
            diff.interval.low,
            diff.interval.high,
            table.only_first,
            table.only_second,
            table.p_value,
            p,
            sum(table[:4]),
            pairs_needed(table),
            successes_needed(table),
        )
        for (name, runs, diff, table), p in zip(found, corrected, strict=True)
    ]


def pairs_needed(table: McNemar, alpha: float = 0.01, power: float = 0.8) -> int | None:
    """Return how many pairs show a gain as large as the one that was seen with a power, at a level before any correction.

    None where nothing was gained, or so little that no experiment would show it.
    """
    if table.only_second <= table.only_first:
        return None
    pairs = sum(table[:4])
    try:
        return pairs_for(table.only_first / pairs, table.only_second / pairs, alpha, power)
    except SampleError:
        return None


def successes_needed(table: McNemar, alpha: float = 0.01 / 3) -> int | None:
    """Return with how many successes, in as many pairs, the second row could be expected to be significantly better.

    As if it failed whatever the first row does in an episode, so that it loses its share of what that one solves; at the level at which Holm's method tests the first of
    the three steps of the table. None where all of them would not be enough.
    """
    pairs, before = sum(table[:4]), table.both + table.only_first
    for after in range(before, pairs + 1):
        lost, gained = round(before * (pairs - after) / pairs), round((pairs - before) * after / pairs)
        if gained > lost and binomtest(lost, lost + gained).pvalue < alpha:
            return after
    return None


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm, 1979, Scand. J. Stat. 6, 65-70)."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


def pooled(by_run: ByRun) -> list[Row]:
    """Return the episodes of all training runs, one run after the other."""
    return [row for rows in by_run.values() for row in rows]


def as_json(rows: Mapping[str, ByRun]) -> dict[str, Any]:
    """Return funnels, the success of each training run, and steps as plain values."""
    return {
        "rows": {name: _row(by_run) for name, by_run in rows.items()},
        "steps": [step._asdict() for step in steps_up(rows)],
    }


def _row(by_run: ByRun) -> dict[str, Any]:
    everything = pooled(by_run)
    return {
        "episodes": len(everything),
        "funnel": {rate.stage: rate.reached._asdict() for rate in stage_funnel(everything)},
        "success": {run: proportion(_solved(rows), len(rows))._asdict() for run, rows in by_run.items()},
    }


def _solved(rows: Sequence[Row]) -> int:
    return sum(bool(row["success"]) for row in rows)


def _successes(by_run: ByRun, runs: Sequence[str]) -> list[bool]:
    return [bool(row["success"]) for run in runs for row in by_run[run]]
