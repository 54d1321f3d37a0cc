"""What a set of rows comes to: rates with intervals, outcomes, kinds of failure, physics."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .episode import OUTCOMES, Row
from .statistics import Proportion, StageRate, proportion, stage_funnel


class Failure(NamedTuple):
    """A kind of failure."""

    kind: str
    episodes: int
    seeds: list[int]


class Physics(NamedTuple):
    """Whether the physics held; None where no episode measured it."""

    diverged: Proportion
    invalid: Proportion
    penetration_p99_worst: float | None  # m, the largest of the episodes' 99th percentiles
    penetration_p99_median: float | None  # m, over episodes
    penetration_max: float | None  # m
    stretch_max: float | None  # fraction of the length
    tension_max: float | None  # N


class Summary(NamedTuple):
    """Everything that a table or a page shows, computed from rows only."""

    success: Proportion
    outcomes: dict[str, int]
    funnel: list[StageRate]
    failures: list[Failure]
    physics: Physics
    duration_of_successes: float | None  # s, median
    retries: int


def summarize(rows: Sequence[Row]) -> Summary:
    """Summarize the rows of one task, difficulty and policy."""
    durations = [row["duration"] for row in rows if row["success"]]
    return Summary(
        success=proportion(sum(row["success"] for row in rows), len(rows)),
        outcomes={outcome: sum(row["outcome"] == outcome for row in rows) for outcome in OUTCOMES},
        funnel=stage_funnel(rows),
        failures=_failures(rows),
        physics=_physics(rows),
        duration_of_successes=float(np.median(durations)) if durations else None,
        retries=sum(row["retries"] or 0 for row in rows),
    )


def failure_kind(row: Row) -> str:
    """Name what went wrong: the outcome, the stage that was being worked on and what the policy was doing."""
    if row["outcome"] == "crashed":
        return f"crashed: {row['reason']}"
    kind = row["outcome"] if row["outcome"] != "failure" else "out of time"
    doing = f" ({row['phase']})" if row["phase"] else ""
    return f"{kind} at {row['stage']}{doing}"


def as_json(value: Any) -> Any:
    """Return nested named tuples as plain JSON values."""
    if isinstance(value, tuple):
        return {key: as_json(getattr(value, key)) for key in value._fields}  # type: ignore[attr-defined]
    if isinstance(value, list):
        return [as_json(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _failures(rows: Sequence[Row]) -> list[Failure]:
    kinds = {row["seed"]: failure_kind(row) for row in rows if not row["success"]}
    return [
        Failure(kind, count, [seed for seed, found in kinds.items() if found == kind])
        for kind, count in Counter(kinds.values()).most_common()
    ]


def _physics(rows: Sequence[Row]) -> Physics:
    percentiles = _measured(rows, "penetration_p99")
    return Physics(
        diverged=proportion(sum(row["outcome"] == "diverged" for row in rows), len(rows)),
        invalid=proportion(sum(row["outcome"] == "invalid" for row in rows), len(rows)),
        penetration_p99_worst=max(percentiles, default=None),
        penetration_p99_median=float(np.median(percentiles)) if percentiles else None,
        penetration_max=max(_measured(rows, "penetration_max"), default=None),
        stretch_max=max(_measured(rows, "peak_stretch"), default=None),
        tension_max=max(_measured(rows, "peak_tension"), default=None),
    )


def _measured(rows: Sequence[Row], key: str) -> list[float]:
    return [row[key] for row in rows if row[key] is not None]
