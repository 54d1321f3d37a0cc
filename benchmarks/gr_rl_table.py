"""The table of GR-RL: four rows and what goes beyond them, each with its stage funnel, and whether every step up is significant.

    python -m lacelab.benchmarks.gr_rl_table --runs runs/0 runs/1 runs/2 --seeds 0:200 --workers 2 --out benchmarks/results/gr_rl

All rows meet the same episodes in the deployment mode. What was evaluated before, at whatever commit, is read from `--out`; that
needs no checkpoint, so that the committed rows give the table again. The table says at which commits they were made.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lacelab.agents.pipeline import BEYOND, ROWS
from lacelab.agents.stage import POLICY
from lacelab.envs.exceptions import LaceLabError

from .episode import Row
from .evaluate import Evaluation, evaluate
from .exceptions import ResumeError
from .files import write_json
from .gr_rl_steps import ByRun, Step, as_json, steps_up
from .program import start
from .rows import read_manifest, read_rows
from .seeds import parse_seeds
from .statistics import proportion
from .versions import git_commit, versions

PAPER = {
    "cloned": (0.906, 0.587, 0.464, 0.457),
    "filtered": (0.928, 0.710, 0.638, 0.616),
    "mirrored": (0.962, 0.765, 0.742, 0.727),
    "steered": (0.979, 0.896, 0.833, 0.833),
}
"""Shares of episodes that reached pick, thread, hand over, pull = success: read off the figure of success rates in arXiv 2512.01801."""

_REACHED = ("pick", "thread", "handover", "pull")


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

    def run(self) -> None:
        """Evaluate what is missing, write and print the table."""
        if not self.runs:
            raise LaceLabError("There are no runs to compare: give --runs FOLDER [FOLDER ...].")
        if len({run.name for run in self.runs}) < len(self.runs):
            raise LaceLabError(f"Runs are told apart by the names of their folders: {', '.join(map(str, self.runs))}.")
        rows = {name: found for name in (*ROWS, *BEYOND) if (found := self._by_run(name))}
        empty = [str(run) for run in self.runs if not any(run.name in found for found in rows.values())]
        if empty:
            raise LaceLabError(f"No finished row in {', '.join(empty)}. Rows: {', '.join((*ROWS, *BEYOND))}.")
        table = as_json(rows) | {
            "paper": {name: PAPER[name] for name in rows if name in PAPER},
            "runs": [run.name for run in self.runs],
            "seeds": self.seeds,
            "difficulty": self.difficulty,
            "versions": versions(),
            "commit": git_commit(),
            "evaluated_at": self._commits(rows),
        }
        write_json(self.out / f"table-{self.difficulty}.json", table)
        print_table(rows, Console())
        for commit, evaluated in self._commits(rows).items():
            Console().print(f"evaluated at {commit[:7]}: {', '.join(evaluated)}", style="dim")

    def _by_run(self, name: str) -> dict[str, list[Row]]:
        """Return the episodes of a row in each training run that has it: all that its policy did, or what it does now."""
        found = {}
        for run in self.runs:
            policy, out = run / name / POLICY, self._file(run, name)
            if policy.exists() and not self._whole(out):
                found[run.name] = evaluate(self._evaluation(policy), workers=self.workers, out=out).rows
            elif out.exists():
                found[run.name] = self._evaluated_before(out, policy)
        return found

    def _file(self, run: Path, name: str) -> Path:
        return self.out / f"{run.name}-{name}-{self.difficulty}.jsonl"

    def _evaluation(self, policy: Path) -> Evaluation:
        return Evaluation("ThreadEyelet", self.difficulty, str(policy), parse_seeds(self.seeds), deployment=True)

    def _whole(self, out: Path) -> bool:
        return out.exists() and [row["seed"] for row in read_rows(out).rows] == list(parse_seeds(self.seeds))

    def _evaluated_before(self, out: Path, policy: Path) -> list[Row]:
        """Return rows that are all there, made at whatever commit.

        Raises:
            ResumeError: they are not those of this table, or not of this policy.
        """
        asked: dict[str, Any] = {"task": "ThreadEyelet", "difficulty": self.difficulty, "deployment": True}
        asked |= {"mirror": False, "world": "sim", "settings": {}}
        if policy.exists():
            asked["checkpoint_sha256"] = hashlib.sha256(policy.read_bytes()).hexdigest()
        manifest = read_manifest(out)
        held = {key: manifest.get(key) for key in asked}
        rows = read_rows(out).rows
        if held != asked or not self._whole(out):
            raise ResumeError(
                f"'{out}' holds {len(rows)} episodes of {held}, but this table needs the seeds {self.seeds} of {asked}, "
                "and it cannot make them: their policy is gone or another one, or the settings are."
            )
        return rows

    def _commits(self, rows: Mapping[str, ByRun]) -> dict[str, list[str]]:
        """Return at which commits rows were evaluated, and which ones: `run/row`."""
        found: dict[str, list[str]] = {}
        for name, run in ((name, run) for name in rows for run in self.runs if run.name in rows[name]):
            found.setdefault(str(read_manifest(self._file(run, name)).get("commit")), []).append(f"{run.name}/{name}")
        return found


def print_table(rows: Mapping[str, ByRun], console: Console) -> None:
    """Print funnels above the paper's, how many episodes each training run solved, and the steps."""
    table = Table(
        "row", "n", *_REACHED, "success", "by run", title="ThreadEyelet, deployment mode, % (and 95 % intervals)"
    )
    for name, entry in as_json(rows)["rows"].items():
        reached, runs = entry["funnel"], entry["success"].values()
        cells = [f"{100 * reached[stage]['rate']:.1f}" if stage in reached else "-" for stage in _REACHED]
        success = proportion(sum(found["successes"] for found in runs), entry["episodes"])
        low, high = success.wilson
        interval = f"{100 * success.rate:.1f} ({100 * low:.1f}-{100 * high:.1f})"
        by_run = " ".join(str(found["successes"]) for found in runs)
        table.add_row(name, str(entry["episodes"]), *cells, interval, by_run)
        if name in PAPER:
            table.add_row("  paper", "", *(f"{100 * rate:.1f}" for rate in PAPER[name]), style="dim")
    console.print(table)
    for step in steps_up(rows):
        console.print(
            f"{step.name}, {step.runs} training run{'s' * (step.runs > 1)}: "
            f"{step.difference:+.1%} ({step.low:+.1%} to {step.high:+.1%}), "
            f"only after {step.only_after}, only before {step.only_before}, p = {step.p_holm:.2g} (Holm), "
            f"{step.pairs} pairs{_needed(step)}"
        )


def _needed(step: Step) -> str:
    parts = [] if step.pairs_needed is None else [f"{step.pairs_needed} would show p < 0.01 in four cases of five"]
    if step.p_holm >= 0.01 and step.successes_needed is not None:
        parts.append(f"{step.successes_needed} successes would be enough")
    return f" ({'; '.join(parts)})" if parts else ""


if __name__ == "__main__":
    start(GrRlTable)
