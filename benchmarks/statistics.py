"""Intervals and tests for success rates; scipy does the arithmetic."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from scipy.stats import binomtest

from lacelab.envs.spec import EYELETS_PER_SIDE
from lacelab.envs.tasks import TASKS

from .exceptions import SampleError

CONFIDENCE = 0.95
_UNTRUSTED = ("invalid", "diverged", "crashed")  # Outcomes whose stages prove nothing.


class Interval(NamedTuple):
    """A two-sided confidence interval of a rate."""

    low: float
    high: float


class Proportion(NamedTuple):
    """Successes of trials with both usual intervals."""

    successes: int
    trials: int
    rate: float  # nan without trials
    wilson: Interval
    clopper_pearson: Interval


class McNemar(NamedTuple):
    """Two policies on the same episodes."""

    both: int
    only_first: int
    only_second: int
    neither: int
    p_value: float  # two-sided and exact


class StageRate(NamedTuple):
    """How many episodes completed a stage."""

    stage: str
    reached: Proportion


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the score interval (Wilson, 1927): the default for showing rates."""
    return _interval(successes, trials, confidence, "wilson")


def clopper_pearson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the exact interval (Clopper and Pearson, 1934): never covers less than it says."""
    return _interval(successes, trials, confidence, "exact")


def proportion(successes: int, trials: int, confidence: float = CONFIDENCE) -> Proportion:
    """Return a rate with both intervals."""
    rate = successes / trials if trials else float("nan")
    return Proportion(
        successes,
        trials,
        rate,
        wilson(successes, trials, confidence),
        clopper_pearson(successes, trials, confidence),
    )


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> McNemar:
    """Compare two policies on paired episodes with the exact test (McNemar, 1947).

    Args:
        first: successes of one policy.
        second: successes of the other on the same episodes in the same order.
    """
    if len(first) != len(second):
        raise SampleError(f"{len(first)} episodes cannot be paired with {len(second)}.")
    pairs = list(zip(first, second, strict=True))
    only_first = sum(a and not b for a, b in pairs)
    only_second = sum(b and not a for a, b in pairs)
    both = sum(a and b for a, b in pairs)
    discordant = only_first + only_second
    p_value = float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
    return McNemar(both, only_first, only_second, len(pairs) - both - discordant, p_value)


def stage_funnel(rows: Sequence[Mapping[str, Any]], confidence: float = CONFIDENCE) -> list[StageRate]:
    """Count how many of all episodes completed each stage; for whole shoes, how many laced each number of eyelets.

    Episodes that crashed, diverged or tunnelled count as trials that completed nothing.
    """
    reached = [reached_stages(row) for row in rows]
    names = list(dict.fromkeys(name for row in rows for name in _stage_names(row)))
    return [
        StageRate(name, proportion(sum(name in stages for stages in reached), len(rows), confidence)) for name in names
    ]


def reached_stages(row: Mapping[str, Any]) -> set[str]:
    """Return the stages that an episode completed and that can be believed."""
    if row["outcome"] in _UNTRUSTED:
        return set()
    if row["task"] == "LaceShoe":
        return set(_stage_names(row)[: row["eyelets_done"]])
    return {name for name, time in (row["stages"] or {}).items() if time is not None}


def _stage_names(row: Mapping[str, Any]) -> list[str]:
    if row["task"] == "LaceShoe":
        return [f"eyelet {number}" for number in range(1, 2 * EYELETS_PER_SIDE + 1)]
    asked = TASKS[row["task"]].stages
    return [name for name in row["stages"] or {} if name in asked]


def _interval(successes: int, trials: int, confidence: float, method: str) -> Interval:
    if not 0 <= successes <= trials:
        raise SampleError(f"There cannot be {successes} successes in {trials} trials.")
    if trials == 0:
        return Interval(0.0, 1.0)
    found = binomtest(successes, trials).proportion_ci(confidence, method)
    return Interval(float(found.low), float(found.high))
