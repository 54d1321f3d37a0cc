"""Evaluate one policy on one task: episodes in, rows, summary and timing out."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from lacelab.agents.policies import checkpoint_files

from .engines import run_in_order
from .episode import EpisodeSpec, Row, Timing
from .files import write_json
from .perturbations import Settings
from .policies import policy_factory
from .rows import Earlier, RowWriter, read_earlier
from .seeds import format_seeds
from .summary import as_json, summarize
from .versions import git_commit, versions
from .worlds import world_factory

FORMAT = 2  # of rows; raised when their keys or meanings change


@dataclass(frozen=True)
class Evaluation:
    """Which episodes to run; with the versions it fixes every row."""

    task: str
    difficulty: str
    policy: str
    seeds: tuple[int, ...]
    mirror: bool = False
    deployment: bool = False
    world: str = "sim"
    settings: Settings = ()

    def __post_init__(self) -> None:
        """Refuse names and seeds that are not valid, before anything runs."""
        self.specs()
        world_factory(self.world)
        policy_factory(self.policy)

    def specs(self) -> list[EpisodeSpec]:
        """List the episodes."""
        return [self.spec(seed) for seed in self.seeds]

    def spec(self, seed: int) -> EpisodeSpec:
        """Return the episode of a seed."""
        settings = {key: value for key, value in vars(self).items() if key != "seeds"}
        return EpisodeSpec(seed=seed, **settings)

    def manifest(self) -> dict[str, Any]:
        """Return everything that the rows depend on."""
        return {
            "format": FORMAT,
            **asdict(self),
            "settings": dict(self.settings),
            "seeds": format_seeds(self.seeds),
            **provenance(self.policy),
        }


class Plan(Protocol):
    """Episodes in their order, and what their rows depend on."""

    def specs(self) -> list[EpisodeSpec]:
        """List the episodes."""
        ...

    def manifest(self) -> dict[str, Any]:
        """Return everything that the rows depend on."""
        ...


def provenance(policy: str) -> dict[str, Any]:
    """Return the part of a manifest that says what a policy was run with."""
    read = b"".join(path.read_bytes() for path in checkpoint_files(policy))
    digest = hashlib.sha256(read).hexdigest() if read else None
    return {"checkpoint_sha256": digest, "versions": versions(), "commit": git_commit()}


class Evaluated(NamedTuple):
    """The rows in the order of the seeds, and what the episodes cost that were run now."""

    rows: list[Row]
    timing: dict[str, float]


def evaluate(
    plan: Plan,
    *,
    workers: int = 1,
    engine: str = "processes",
    out: Path | None = None,
    overwrite: bool = False,
    on_row: Callable[[Row], None] = lambda row: None,
) -> Evaluated:
    """Run the episodes that no earlier run has finished.

    Args:
        plan: what to run.
        workers: number of processes; rows do not depend on it.
        engine: what runs them, a key of `engines.ENGINES`; rows do not depend on it.
        out: file of rows to write or to continue; summary and timing land beside it.
        overwrite: start again although there are rows.
        on_row: called with each row, first with those of the earlier run.

    Raises:
        ResumeError: `out` holds rows that do not belong to this evaluation.
        WorkerError: the world or the policy cannot be built.
    """
    manifest, specs = plan.manifest(), plan.specs()
    earlier = _earlier(out, manifest, specs, overwrite)
    rows = list(earlier.rows)
    for row in rows:
        on_row(row)
    start = time.perf_counter()
    timings: list[Timing] = []
    with RowWriter(out, manifest, earlier) as writer:
        for result in run_in_order(specs[len(rows) :], workers, engine):
            writer.append(result.row)
            rows.append(result.row)
            timings.append(result.timing)
            on_row(result.row)
    timing = _total(timings, workers, time.perf_counter() - start)
    if out is not None:
        write_json(out.with_suffix(".summary.json"), as_json(summarize(rows)))
    if out is not None and timings:
        write_json(out.with_suffix(".timing.json"), timing)
    return Evaluated(rows, timing)


def _earlier(out: Path | None, manifest: dict[str, Any], specs: list[EpisodeSpec], overwrite: bool) -> Earlier:
    if out is None or overwrite:
        return Earlier([], 0)
    return read_earlier(out, manifest, specs)


def _total(timings: list[Timing], workers: int, elapsed: float) -> dict[str, float]:
    cpu = sum(timing.cpu for timing in timings)
    simulated = sum(timing.simulated for timing in timings)
    return {
        "episodes": len(timings),
        "workers": workers,
        "elapsed_seconds": elapsed,
        "cpu_seconds": cpu,
        "simulated_seconds": simulated,
        "realtime_factor_per_core": simulated / cpu if cpu else 0.0,
        "realtime_factor": simulated / elapsed,
    }
