"""Trials on a robot: every policy gets every layout, in a random order that is told to nobody before the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lacelab.agents.policies import Environment

from .episode import EpisodeSpec, Row, close_worlds, run_episode
from .evaluate import Evaluation
from .rows import Earlier, RowWriter, read_earlier

JOURNAL = "trials.jsonl"
"""Rows of all policies as they come, in the random order: not to be opened before the end."""


@dataclass(frozen=True)
class Trials:
    """Evaluations to be mixed, one for each policy, and the seed of their order."""

    evaluations: Sequence[Evaluation]
    order: int

    def specs(self) -> list[EpisodeSpec]:
        """List the episodes in their random order."""
        listed = [spec for evaluation in self.evaluations for spec in evaluation.specs()]
        return [listed[place] for place in np.random.default_rng(self.order).permutation(len(listed))]

    def manifest(self) -> dict[str, Any]:
        """Return everything that the rows depend on."""
        return {"order": self.order, "evaluations": [evaluation.manifest() for evaluation in self.evaluations]}


def run_blinded(
    trials: Trials,
    folder: Path,
    on_trial: Callable[[int, int], None] = lambda done, of: None,
    watch: Callable[[Environment], None] = lambda env: None,
) -> list[list[Row]]:
    """Run all trials that no earlier run has finished.

    Args:
        trials: what to run.
        folder: holds the journal, to which every trial is added as it ends; the robot is let go of at the end.
        on_trial: called after each trial with the number of those done and of all; it is not told which it was.
        watch: called with the world after every tick.

    Returns:
        The rows of each evaluation, in the order of its seeds.

    Raises:
        ResumeError: the folder holds other trials.
    """
    path, specs = folder / JOURNAL, trials.specs()
    earlier = read_earlier(path, trials.manifest(), specs)
    rows = list(earlier.rows)
    folder.mkdir(parents=True, exist_ok=True)
    with RowWriter(path, trials.manifest(), earlier) as writer:
        try:
            for spec in specs[len(rows) :]:
                rows.append(run_episode(spec, watch).row)
                writer.append(rows[-1])
                on_trial(len(rows), len(specs))
        finally:
            close_worlds()
    return [_sorted_rows(evaluation, rows) for evaluation in trials.evaluations]


def write_rows(path: Path, evaluation: Evaluation, rows: Sequence[Row]) -> None:
    """Write the rows of one policy as `lacelab eval` does."""
    with RowWriter(path, evaluation.manifest(), Earlier([], 0)) as writer:
        for row in rows:
            writer.append(row)


def _sorted_rows(evaluation: Evaluation, rows: Sequence[Row]) -> list[Row]:
    own = [row for row in rows if row["policy"] == evaluation.policy]
    return sorted(own, key=lambda row: evaluation.seeds.index(row["seed"]))
