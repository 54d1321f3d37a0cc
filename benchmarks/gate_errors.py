"""How often the gate is wrong: its error rates in simulated runs, and exactly.

python -m lacelab.benchmarks.gate_errors --out benchmarks/results/gate_errors.json
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from .design import Design, Errors, expected_episodes, most_wins, plan, power_at
from .files import write_json
from .program import start
from .sequential import SequentialTest, Verdict
from .versions import git_commit, versions

RATES = (0.8, 0.9, 0.95, 0.99)  # of the baseline
DIFFERING = (0.0, 0.02, 0.1, 0.3)  # share of the pairs that differ when nothing has changed
SHARES = (0.0, 0.5, 1.0)  # of the largest planned probability of a newly solved episode
_EXCESS = 0.01  # over alpha, that 1,000 runs may show
_LACK = 0.02  # below the declared power


def simulate(design: Design, loses: float, wins: float, runs: int, seed: int = 0) -> list[SequentialTest]:
    """Return tests that have ended, each on pairs drawn with probabilities of a loss and of a win."""
    generator = np.random.default_rng(seed)
    tests = []
    for _ in range(runs):
        test = SequentialTest(design)
        for draw in generator.random(design.episodes):
            if test.update(draw < 1 - wins, not draw < loses) is not None:
                break
        tests.append(test)
    return tests


def share(tests: list[SequentialTest], verdict: Verdict) -> float:
    """Return how many of the tests ended with a verdict."""
    return sum(test.verdict is verdict for test in tests) / len(tests)


@dataclass(frozen=True)
class GateErrors:
    """Simulate gates; exit code 1 if one is wrong more often than declared."""

    alpha: float = 0.05
    """Probability of a false alarm, at most."""
    power: float = 0.9
    """Probability of an alarm when the rate fell by `drop`, at least."""
    drop: float = 0.1
    """Smallest fall of the success rate that matters."""
    runs: int = 1000
    """Simulated runs of each case."""
    out: Path | None = None
    """Where to write the figures as JSON."""

    def run(self) -> int:
        """Simulate, print and write."""
        cases = [case for rate in RATES for case in self._cases(plan(Errors(self.alpha, self.power, self.drop), rate))]
        table = Table("baseline", "loses", "wins", "REGRESSED", "exact", "episodes", "", box=box.SIMPLE_HEAD)
        for case in cases:
            figures = (f"{case[name]:.3f}" for name in ("baseline", "loses", "wins", "regressed", "exact"))
            table.add_row(*figures, f"{case['episodes']:.0f}", "" if case["passes"] else "missed")
        Console().print(table)
        if self.out is not None:
            settings = {"alpha": self.alpha, "power": self.power, "drop": self.drop, "runs": self.runs}
            write_json(self.out, settings | {"cases": cases, "versions": versions(), "commit": git_commit()})
        return int(not all(case["passes"] for case in cases))

    def _cases(self, design: Design) -> list[dict[str, Any]]:
        most = most_wins(design.baseline_rate, self.drop)
        unchanged = [self._case(design, differing / 2, differing / 2) for differing in DIFFERING]
        return unchanged + [self._case(design, part * most + self.drop, part * most) for part in SHARES]

    def _case(self, design: Design, loses: float, wins: float) -> dict[str, Any]:
        tests = simulate(design, loses, wins, self.runs)
        regressed = share(tests, Verdict.REGRESSED)
        return {
            "baseline": design.baseline_rate,
            "loses": loses,
            "wins": wins,
            "regressed": regressed,
            "exact": round(power_at(design, loses, wins), 4),
            "held": share(tests, Verdict.HELD),
            "improved": share(tests, Verdict.IMPROVED),
            "underpowered": share(tests, Verdict.UNDERPOWERED),
            "episodes": round(float(np.mean([test.pairs for test in tests])), 1),
            "episodes_expected": round(expected_episodes(design, loses, wins), 1),
            "passes": regressed <= self.alpha + _EXCESS if loses == wins else regressed >= self.power - _LACK,
        }


if __name__ == "__main__":
    start(GateErrors)
