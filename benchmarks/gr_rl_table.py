"""The table of GR-RL: four rows and what goes beyond them, each with its stage funnel, and whether every step up is significant.

    python -m lacelab.benchmarks.gr_rl_table --runs runs/0 runs/1 runs/2 --seeds 0:200 --workers 2 --out benchmarks/results/gr_rl

All rows meet the same episodes in the deployment mode. A step is tested by McNemar's exact test on all pairs (training
seed, episode) together, and the tests are corrected by Holm's method (1979).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from lacelab.agents.pipeline import BEYOND, POLICY, ROWS
from lacelab.envs.exceptions import LaceLabError

from .episode import Row
from .evaluate import Evaluation, evaluate
from .files import write_json
from .paired import compare
from .seeds import parse_seeds
from .statistics import stage_funnel
from .versions import git_commit, versions

PAPER = {
    "cloned": (0.906, 0.587, 0.464, 0.457),
    "filtered": (0.928, 0.710, 0.638, 0.616),
    "mirrored": (0.962, 0.765, 0.742, 0.727),
    "steered": (0.979, 0.896, 0.833, 0.833),
}
"""Shares of episodes that reached pick, thread, hand over, pull = success: read off the figure of success rates in arXiv 2512.01801."""

BEFORE = {
    "filtered": ("cloned",),
    "mirrored": ("filtered", "cloned"),
    "steered": ("mirrored",),
    "selected": ("mirrored",),
    "steered-distilled": ("mirrored",),
    "whole-shoe": ("mirrored",),
}
"""Which row another one is compared with: the first of these that there is."""


class Step(NamedTuple):
    """From one row to another."""

    name: str
    difference: float
    low: float  # Newcombe, 95 %
    high: float
    only_before: int  # episodes that only the row before solved
    only_after: int
    p_value: float  # McNemar, exact
    p_holm: float


def steps_up(rows: Mapping[str, Sequence[Row]]) -> list[Step]:
    """Compare each row with the one that it stands on; rows are in the same order of (training seed, episode)."""
    successes = {name: [bool(row["success"]) for row in found] for name, found in rows.items()}
    found = []
    for after, candidates in BEFORE.items():
        before = next((name for name in candidates if name in rows), None)
        if before is None or after not in rows:
            continue
        table, difference = compare(successes[before], successes[after])
        found.append((f"{before} -> {after}", difference, table))
    corrected = holm([table.p_value for _, _, table in found])
    return [
        Step(
            name,
            diff.value,
            diff.interval.low,
            diff.interval.high,
            table.only_first,
            table.only_second,
            table.p_value,
            p,
        )
        for (name, diff, table), p in zip(found, corrected, strict=True)
    ]


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm, 1979, Scand. J. Stat. 6, 65-70)."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected


@dataclass(frozen=True)
class GrRlTable:
    """Evaluate the four rows of some training runs and compare them."""

    out: Path
    """Folder for rows, summaries and `table.json`."""
    runs: tuple[Path, ...] = field(default_factory=tuple)
    """Folders of training runs, one per training seed."""
    seeds: str = "0:200"
    """Episodes, none of which any training has seen."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    workers: int = 1
    """Number of processes."""

    def main(self) -> None:
        """Evaluate what is missing, write and print the table."""
        if not self.runs:
            raise LaceLabError("There are no runs to compare: give --runs FOLDER [FOLDER ...].")
        names = [row for row in (*ROWS, *BEYOND) if all((run / row / POLICY).exists() for run in self.runs)]
        if len(names) < 1:
            raise LaceLabError(f"The runs share no finished row. Rows: {', '.join((*ROWS, *BEYOND))}.")
        rows = {name: [row for run in self.runs for row in self._evaluate(run, name)] for name in names}
        table = as_json(rows) | {
            "runs": [run.name for run in self.runs],
            "seeds": self.seeds,
            "difficulty": self.difficulty,
            "versions": versions(),
            "commit": git_commit(),
        }
        write_json(self.out / f"table-{self.difficulty}.json", table)
        print_table(rows, Console())

    def _evaluate(self, run: Path, name: str) -> list[Row]:
        evaluation = Evaluation(
            task="ThreadEyelet",
            difficulty=self.difficulty,
            policy=str(run / name / POLICY),
            seeds=parse_seeds(self.seeds),
            deployment=True,
        )
        out = self.out / f"{run.name}-{name}-{self.difficulty}.jsonl"
        return evaluate(evaluation, workers=self.workers, out=out).rows


def as_json(rows: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Return funnels and steps as plain values."""
    funnels = {
        name: {rate.stage: rate.reached._asdict() for rate in stage_funnel(found)} for name, found in rows.items()
    }
    return {
        "rows": {name: {"episodes": len(found), "funnel": funnels[name]} for name, found in rows.items()},
        "steps": [step._asdict() for step in steps_up(rows)],
        "paper": {name: PAPER[name] for name in rows if name in PAPER},
    }


def print_table(rows: Mapping[str, Sequence[Row]], console: Console) -> None:
    """Print the funnels beside the paper's, and the steps."""
    stages = ("pick", "thread", "handover", "pull", "putdown")
    table = Table("row", *stages, "95 %", "paper: pick to pull", title="ThreadEyelet, deployment mode")
    for name, found in rows.items():
        reached = {rate.stage: rate.reached for rate in stage_funnel(found)}
        cells = [f"{reached[stage].rate:.1%}" if stage in reached else "-" for stage in stages]
        low, high = reached[stages[-1]].wilson if stages[-1] in reached else (0.0, 1.0)
        paper = " ".join(f"{rate:.1%}" for rate in PAPER.get(name, ()))
        table.add_row(f"{name} (n = {len(found)})", *cells, f"{low:.1%} - {high:.1%}", paper)
    console.print(table)
    for step in steps_up(rows):
        console.print(
            f"{step.name}: {step.difference:+.1%} ({step.low:+.1%} to {step.high:+.1%}), "
            f"only after {step.only_after}, only before {step.only_before}, p = {step.p_holm:.2g} (Holm)"
        )


if __name__ == "__main__":
    import tyro

    tyro.cli(GrRlTable).main()
