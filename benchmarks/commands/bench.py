"""`lacelab bench`: a whole suite, or a check of somebody's rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Bench:
    """Run a suite: print each part's rate, write one row per episode. `lacelab bench verify` checks a submission."""

    suite: Annotated[str, tyro.conf.Positional] = "ci"
    """smoke, ci, standard, full, robustness, generalization; or verify."""
    policy: str = "shipped"
    """expert, random, noop, shipped, a checkpoint's path, ws://host:port, lerobot:folder, or module:factory."""
    workers: int = 1
    """Number of processes; the rows do not depend on it."""
    engine: str = "processes"
    """processes, or ray (across machines); the rows do not depend on it."""
    out: Path | None = None
    """File of rows (JSON lines); bench/SUITE.jsonl by default. A part of the same run is continued. To verify: the rows
    of the submission."""
    overwrite: bool = False
    """Start again although there are rows."""
    private_seeds: Path | None = None
    """File of seeds to use instead of the public ones."""
    world: str = "sim"
    """World: sim, pixels (adds camera images), or module:factory."""
    share: float = 0.1
    """Of the rows that are run again to verify them."""
    draw: int | None = None
    """Seed of the draw of rows to verify; by default nobody knows it beforehand."""

    def run(self) -> int:
        """Run the suite and print the table."""
        if self.suite == "verify":
            return self._verify()
        from rich.console import Console

        from lacelab.agents.policies import resolve_policy

        from ..evaluate import evaluate
        from ..suite_tables import print_suite
        from ..suites import SuiteRun, find_suite, read_private_seeds
        from .progress import episode_progress

        suite = find_suite(self.suite)
        seeds = read_private_seeds(self.private_seeds) if self.private_seeds else None
        run = SuiteRun(suite, resolve_policy(self.policy), seeds, self.world)
        out = self.out or Path("bench") / f"{suite.name}.jsonl"
        with episode_progress(f"{suite.name} v{suite.version}", suite.episodes, Console(stderr=True)) as on_row:
            rows, timing = evaluate(
                run, workers=self.workers, engine=self.engine, out=out, overwrite=self.overwrite, on_row=on_row
            )
        print_suite(run, rows, timing, Console())
        print(f"rows: {out}")
        return 0

    def _verify(self) -> int:
        """Run a random share of the rows again; exit code 1 if one differs."""
        from ..verify import verify

        path = self.out or Path("bench") / "ci.jsonl"
        found = verify(path, share=self.share, workers=self.workers, draw=self.draw)
        for mismatch in found.mismatches:
            print(f"differs: {mismatch}")
        print(f"{found.checked} of {found.rows} rows run again, {len(found.mismatches)} differ: {path}")
        return int(bool(found.mismatches))
