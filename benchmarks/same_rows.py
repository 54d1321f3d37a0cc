"""Run a suite with one process, with two, and on a Ray cluster of two nodes, and compare the bytes of the rows.

python -m lacelab.benchmarks.same_rows --policy expert --out benchmarks/results/rows.json
"""

import contextlib
import hashlib
import logging
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .evaluate import Evaluation, Plan, evaluate
from .files import write_json
from .program import start
from .suites import PUBLIC_SEEDS, SuiteRun, find_suite

RUNS = {"1 process": (1, "processes"), "2 processes": (2, "processes"), "Ray, 2 nodes": (2, "ray")}


@dataclass(frozen=True)
class SameRows:
    """Compare rows of all engines; exit code 1 if they are not the same bytes."""

    suite: str = "smoke"
    """Suite to run."""
    episodes: int | None = None
    """Instead of the suite, as many episodes of ThreadEyelet."""
    policy: str = "expert"
    """Policy to run."""
    world: str = "sim"
    """World to run in."""
    out: Path | None = None
    """Where to write the digests as JSON."""

    def run(self) -> int:
        """Run, compare, print and write."""
        plan = self._plan()
        figures: dict[str, dict[str, Any]] = {}
        with tempfile.TemporaryDirectory() as folder:
            for name, (workers, engine) in RUNS.items():
                rows, start = Path(folder) / f"{len(figures)}.jsonl", time.perf_counter()
                with two_nodes() if engine == "ray" else contextlib.nullcontext():
                    evaluate(plan, workers=workers, engine=engine, out=rows)
                found = rows.read_bytes()
                seconds = round(time.perf_counter() - start, 1)
                digest = hashlib.sha256(found).hexdigest()
                figures[name] = {"rows": found.count(b"\n"), "sha256": digest, "seconds": seconds}
        same = len({figure["sha256"] for figure in figures.values()}) == 1
        for name, figure in figures.items():
            print(f"{name}: {figure['rows']} rows, {figure['sha256'][:16]}, {figure['seconds']} s")
        print("the same bytes" if same else "OTHER BYTES")
        if self.out is not None:
            content = {"plan": plan.manifest(), "same_bytes": same, "runs": figures}
            write_json(self.out, content)
        return int(not same)

    def _plan(self) -> Plan:
        if self.episodes is None:
            return SuiteRun(find_suite(self.suite), self.policy, world=self.world)
        seeds = tuple(range(PUBLIC_SEEDS, PUBLIC_SEEDS + self.episodes))
        return Evaluation("ThreadEyelet", "standard", self.policy, seeds, world=self.world)


@contextlib.contextmanager
def two_nodes() -> Iterator[None]:
    """Connect to a Ray cluster of two nodes with one core each, on this machine."""
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False, logging_level=logging.ERROR)
    try:
        yield
    finally:
        ray.shutdown()
        cluster.shutdown()


if __name__ == "__main__":
    start(SameRows)
