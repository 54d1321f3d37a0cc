"""Whether a policy finds its way back: of the episodes in which a stage did not go as usual, how many completed it after all.

    python -m lacelab.benchmarks.recoveries benchmarks/results/gr_rl/s?-mirrored-standard.jsonl

A policy that repeats what it was shown does well until something is lost, and then has nothing to go by: a rate of success cannot tell
that from one that goes wrong more often and gets over it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import tyro

from lacelab.envs.exceptions import LaceLabError
from lacelab.envs.tasks import TASKS

from .program import start
from .rows import read_rows
from .statistics import Proportion, proportion, reached_stages

LATE = 2.0
"""Times the median that a stage takes, from which on it did not go as usual."""


class Recoveries(NamedTuple):
    """How one stage went where the one before it was completed."""

    stage: str
    usual: int
    late: int
    never: int

    @property
    def recovered(self) -> Proportion:
        """Of what did not go as usual, what was completed after all."""
        return proportion(self.late, self.late + self.never)


def recoveries(rows: Sequence[Mapping[str, Any]]) -> list[Recoveries]:
    """Count for every stage of a task how often it went as usual, was completed late, and never.

    Args:
        rows: of one task with stages, of one instruction per episode.

    Raises:
        LaceLabError: there are none, or they are of something else.
    """
    tasks = {row["task"] for row in rows}
    stages = TASKS[tasks.pop()].stages if len(tasks) == 1 and "LaceShoe" not in tasks else ()
    if not stages:
        raise LaceLabError("Recoveries are counted in rows of one task with one instruction per episode.")
    return [_recoveries(rows, before, stage) for before, stage in zip([None, *stages], stages, strict=False)]


def _recoveries(rows: Sequence[Mapping[str, Any]], before: str | None, stage: str) -> Recoveries:
    durations = []
    for row in rows:
        reached = reached_stages(row)
        if before is None or before in reached:
            begun = 0.0 if before is None else row["stages"][before]
            durations.append(row["stages"][stage] - begun if stage in reached else np.inf)
    took = np.array(durations)
    limit = LATE * np.median(took[np.isfinite(took)]) if np.isfinite(took).any() else 0.0
    usual, never = int((took <= limit).sum()), int(np.isinf(took).sum())
    return Recoveries(stage, usual, len(took) - usual - never, never)


@dataclass(frozen=True)
class CountRecoveries:
    """Count recoveries stage by stage, over all files together."""

    rows: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Rows that `lacelab eval` wrote."""

    def run(self) -> None:
        """Print a line for every stage, and one for all."""
        found = recoveries([row for path in self.rows for row in read_rows(path).rows])
        every = Recoveries("all", sum(x.usual for x in found), sum(x.late for x in found), sum(x.never for x in found))
        for stage in [*found, every]:
            line = f"{stage.stage}: {stage.usual} as usual, {stage.late} late, {stage.never} never"
            low, high = stage.recovered.wilson
            share = f"; recovered {stage.recovered.rate:.0%} [{low:.0%}, {high:.0%}]"
            print(line + (share if stage.recovered.trials else ""))


if __name__ == "__main__":
    start(CountRecoveries)
