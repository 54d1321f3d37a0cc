"""`lacelab gate`: did the success rate fall?"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .options import refuse

if TYPE_CHECKING:
    from ..gate import GateResult

_EPISODES = 360  # of a new baseline: enough for the default errors at any rate from 0.88


@dataclass(frozen=True)
class GateCommand:
    """Compare a policy with a baseline on the same episodes, no more of them than it takes.

    Exit code 0: HELD, 1: REGRESSED, 3: UNDERPOWERED, 4: IMPROVED (2: wrong arguments).
    """

    baseline: Path = Path("benchmarks/results/baseline.json")
    """What to compare with."""
    policy: str = "shipped"
    """expert, random, noop, shipped, a checkpoint's path, ws://host:port, lerobot:folder, or module:factory."""
    alpha: float = 0.05
    """Probability of a false alarm, at most."""
    power: float = 0.9
    """Probability of an alarm when the rate fell by `drop`, at least."""
    drop: float = 0.1
    """Smallest fall of the success rate that matters."""
    exact: bool = False
    """For deterministic policies on the engine of the baseline: one lost success is REGRESSED."""
    episodes: int | None = None
    """Most episodes to run; by default as many as the baseline has (360 when it is written)."""
    workers: int = 1
    """Number of processes; the answer does not depend on it."""
    engine: str = "processes"
    """processes, or ray."""
    out: Path | None = None
    """JSON file for the answer and everything it rests on."""
    junit: Path | None = None
    """JUnit XML file for the answer."""
    summary: Path | None = None
    """Markdown file to append the answer to; by default the one that GitHub Actions names."""
    write_baseline: bool = False
    """Make the baseline of this policy instead of comparing."""
    task: str | None = None
    """Task of a new baseline; ThreadEyelet by default."""
    difficulty: str | None = None
    """Difficulty of a new baseline; standard by default."""
    world: str | None = None
    """World of a new baseline: sim (the default), pixels, or module:factory."""

    def run(self) -> int:
        """Compare and answer by the exit code."""
        from lacelab.agents.policies import resolve_policy

        from ..exceptions import OptionsError

        if self.episodes is not None and self.episodes < 1:
            raise OptionsError(f"{self.episodes} episodes show nothing. Valid: 1 or more.")
        unused = ("exact", "out", "junit", "summary") if self.write_baseline else ("task", "difficulty", "world")
        refuse(self, "--write-baseline" if self.write_baseline else "a comparison", *unused)
        policy = resolve_policy(self.policy, self.task or "ThreadEyelet")
        return self._write(policy) if self.write_baseline else self._compare(policy)

    def _compare(self, policy: str) -> int:
        from rich.console import Console

        from ..baseline import read_baseline
        from ..design import Errors
        from ..gate import EXIT_CODES, Gate
        from ..gate_report import print_gate
        from .progress import episode_progress

        baseline = read_baseline(self.baseline, policy)
        errors = Errors(self.alpha, self.power, self.drop)
        gate = Gate(baseline, policy, errors, self.exact, self.episodes, self.workers, self.engine)
        total = min(self.episodes or len(baseline.outcomes), len(baseline.outcomes))
        with episode_progress("gate", total, Console(stderr=True)) as on_row:
            result = gate.run(lambda pair: on_row(pair.candidate))
        print_gate(result, Console())
        self._save(result)
        return EXIT_CODES[result.verdict]

    def _save(self, result: "GateResult") -> None:
        from ..files import write_atomically, write_json
        from ..gate_report import as_junit, as_markdown, gate_as_json

        if self.out is not None:
            write_json(self.out, gate_as_json(result))
        if self.junit is not None:
            write_atomically(self.junit, as_junit(result))
        summary = self.summary or os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            with Path(summary).open("a") as file:
                file.write(as_markdown(result))

    def _write(self, policy: str) -> int:
        from rich.console import Console

        from ..baseline import make_baseline, read_baseline, write_baseline
        from ..evaluate import Evaluation, evaluate
        from ..suites import PUBLIC_SEEDS
        from .progress import episode_progress

        seeds = tuple(range(PUBLIC_SEEDS, PUBLIC_SEEDS + (self.episodes or _EPISODES)))
        task, difficulty = self.task or "ThreadEyelet", self.difficulty or "standard"
        evaluation = Evaluation(task, difficulty, policy, seeds, world=self.world or "sim")
        earlier = read_baseline(self.baseline, policy) if self.baseline.exists() else None
        with episode_progress("baseline", len(seeds), Console(stderr=True)) as on_row:
            rows = evaluate(evaluation, workers=self.workers, engine=self.engine, on_row=on_row).rows
        baseline = make_baseline(evaluation, rows, earlier)
        write_baseline(self.baseline, baseline)
        print(f"baseline: {self.baseline}: {100 * baseline.rate:.1f} % of {len(rows)} episodes")
        return 0
