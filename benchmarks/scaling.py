"""How much faster more workers are; to be run on a machine that does nothing else.

python -m lacelab.benchmarks.scaling --policy expert --episodes 40 --out benchmarks/results/scaling.json
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from .evaluate import Evaluation, evaluate
from .files import write_json
from .program import start
from .suites import PUBLIC_SEEDS
from .versions import git_commit, versions

_BAR = 0.925  # of the number of workers: 1.85 with two


@dataclass(frozen=True)
class Scaling:
    """Measure episodes per second over numbers of workers; exit code 1 if two are not 1.85 times as fast as one."""

    policy: str = "expert"
    """Policy to run."""
    task: str = "ThreadEyelet"
    """Task to run."""
    world: str = "sim"
    """World to run in."""
    episodes: int = 40
    """Number of episodes."""
    workers: tuple[int, ...] = (1, 2)
    """Numbers of workers to compare; the first is what the others are compared with."""
    engine: str = "processes"
    """processes, or ray."""
    out: Path | None = None
    """Where to write the figures as JSON."""

    def run(self) -> int:
        """Measure, print and write."""
        seeds = tuple(range(PUBLIC_SEEDS, PUBLIC_SEEDS + self.episodes))
        evaluation = Evaluation(self.task, "standard", self.policy, seeds, world=self.world)
        rates = {workers: self._measure(evaluation, workers) for workers in self.workers}
        first = rates[self.workers[0]] / self.workers[0]
        speedups = {workers: rate / first for workers, rate in rates.items()}
        for workers, rate in rates.items():
            print(f"{workers} workers: {rate:.3f} episodes/s, {speedups[workers]:.2f}x")
        if self.out is not None:
            figures = [{"workers": n, "episodes_per_second": rates[n], "speedup": speedups[n]} for n in rates]
            settings = {"policy": self.policy, "task": self.task, "episodes": self.episodes, "engine": self.engine}
            machine = {"cores": os.cpu_count(), "load_after": os.getloadavg()[0], "versions": versions()}
            write_json(self.out, {**settings, "figures": figures, **machine, "commit": git_commit()})
        return int(any(speedups[n] < _BAR * n for n in self.workers if 1 < n <= (os.cpu_count() or 1)))

    def _measure(self, evaluation: Evaluation, workers: int) -> float:
        start = time.perf_counter()
        evaluate(evaluation, workers=workers, engine=self.engine)
        return len(evaluation.seeds) / (time.perf_counter() - start)


if __name__ == "__main__":
    start(Scaling)
