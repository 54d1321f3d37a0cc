"""How real the lace is: every figure of the physics against its bar, printed and written as JSON.

python -m lacelab.benchmarks.physics_card --out benchmarks/results/physics.json
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from .contact_experiments import load, press, pull_hard
from .files import write_json
from .lace_experiments import Comparison, capstan_ratio, clamped_sag, hanging_sag, sliding_ratio
from .program import start
from .versions import git_commit, versions

SPANS = (0.3, 0.5, 0.7, 0.9, 0.98)  # of the lace's length
FREE_EDGES = (4, 6, 10)  # 45, 65 and 105 mm
WRAPS = (np.pi / 2, np.pi)  # rad
PHASES = (0.0, 0.0025, 0.005, 0.0075)  # m
BLOWS = (5.0, 10.0, 20.0)  # N
PLACES = ((0.0125, 0.0), (0.0, -0.020))  # m, on the flap: between two eyelets, below one
INNER = ((0.0, 0.0, -1.0), (0.0, 1.0, -0.5), (0.0, 1.0, 0.0), (1.0, 0.3, -0.1), (-1.0, 0.3, -0.1))
OUTER = ((0.0, 0.0, 0.08), (0.0, -0.02, 0.08), (0.05, -0.02, 0.05))  # m


class Experiment(NamedTuple):
    """One figure of the card."""

    name: str
    limit: float | None  # largest value that passes; None if there is no bar
    measure: Callable[[], float]


def worst(comparisons: Iterable[Comparison]) -> float:
    """Return the largest relative error."""
    return max(float(comparison.error) for comparison in comparisons)


def around_drum(experiment: Callable[[float, float], Comparison]) -> float:
    """Return the largest relative error over all wraps and phases."""
    return worst(experiment(wrap, phase) for wrap in WRAPS for phase in PHASES)


def deepest_blow() -> float:
    """Return the deepest penetration of an aglet into a flap [mm]."""
    return 1e3 * max(press(force, place).penetration for force in BLOWS for place in PLACES)


def torn(force: float) -> float:
    """Return how many of all hard pulls with a force [N] end with the lace outside its eyelet."""
    return float(sum(not pull_hard(force, inner, outer).threaded for inner in INNER for outer in OUTER))


EXPERIMENTS = (
    Experiment("hanging lace, error of the sag", 0.05, lambda: worst(map(hanging_sag, SPANS))),
    Experiment("clamped lace, error of the sag", 0.05, lambda: worst(map(clamped_sag, FREE_EDGES))),
    Experiment("capstan, error of the ratio at slip", 0.15, lambda: around_drum(capstan_ratio)),
    Experiment("capstan, error of the ratio sliding at 10 mm/s", 0.15, lambda: around_drum(sliding_ratio)),
    Experiment("stretch at 5 N", 0.05, lambda: load(5.0).stretch),
    Experiment("gap between lace and aglet at 5 N, mm", None, lambda: 1e3 * load(5.0).gap),
    Experiment("aglet pressed on a flap, 5 to 20 N, penetration, mm", 0.5, deepest_blow),
    Experiment("laces torn out of an eyelet at 3 N, of 15", 0.0, lambda: torn(3.0)),
    Experiment("laces torn out of an eyelet at 5 N, of 15", None, lambda: torn(5.0)),
)


@dataclass(frozen=True)
class PhysicsCard:
    """Measure the lace against closed forms; fails if a bar is missed."""

    out: Path | None = None
    """Where to write the figures as JSON."""

    def run(self) -> int:
        """Measure, print and write."""
        table = Table("figure", "value", "bar", "", box=box.SIMPLE_HEAD)
        content, missed = {}, False
        for name, limit, measure in track(EXPERIMENTS, "lace physics", transient=True):
            value = measure()
            failed = limit is not None and value > limit
            bar = "" if limit is None else f"<= {limit:g}"
            table.add_row(name, f"{value:.3g}", bar, "missed" if failed else "")
            content[name] = {"value": value, "bar": bar}
            missed |= failed
        Console().print(table)
        if self.out is not None:
            write_json(self.out, {"figures": content, "versions": versions(), "commit": git_commit()})
        return int(missed)


if __name__ == "__main__":
    start(PhysicsCard)
