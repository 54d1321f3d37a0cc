"""Success rates of rows of the deployment mode by the latency that each episode drew.

    python -m lacelab.benchmarks.by_latency benchmarks/results/gr_rl/s0-mirrored-standard.jsonl

A policy that took the average latency for the true one would fail where it is another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from lacelab.envs.exceptions import LaceLabError
from lacelab.envs.lacing_env import LacingEnv

from .program import start
from .rows import read_manifest, read_rows
from .statistics import Proportion, proportion


def by_latency(rows: Sequence[Mapping[str, Any]], latency_of: Callable[[int], int]) -> dict[int, Proportion]:
    """Return the success rate for every latency [ticks], given that of a seed."""
    successes: dict[int, list[bool]] = {}
    for row in rows:
        successes.setdefault(latency_of(row["seed"]), []).append(bool(row["success"]))
    return {latency: proportion(sum(found), len(found)) for latency, found in sorted(successes.items())}


@dataclass(frozen=True)
class ByLatency:
    """Group rows by latency."""

    rows: Annotated[Path, tyro.conf.Positional]
    """Rows that `lacelab eval --deployment` wrote."""

    def run(self) -> None:
        """Print a rate for every latency."""
        settings = read_manifest(self.rows)
        if not settings["deployment"] or settings["settings"]:
            raise LaceLabError(
                f"'{self.rows}' is not of the plain deployment mode, where every episode draws its latency."
            )
        env = LacingEnv(settings["task"], obs="state", difficulty=settings["difficulty"])

        def latency_of(seed: int) -> int:
            return int(env.reset(seed=seed)[1]["randomization"]["latency"])

        for latency, rate in by_latency(read_rows(self.rows).rows, latency_of).items():
            low, high = rate.wilson
            print(f"latency {latency}: {rate.successes}/{rate.trials} = {rate.rate:.1%} [{low:.1%}, {high:.1%}]")


if __name__ == "__main__":
    start(ByLatency)
