"""`lacelab bench`: a whole suite, or a check of somebody's rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from .options import refuse


@dataclass(frozen=True)
class Bench:
    """Run a suite: print each part's rate, write one row per episode.

    `lacelab bench verify --out ROWS` checks a submission: that no episode is missing, and that a random tenth of them
    happens again in every detail (exit code 1 if not).
    """

    suite: Annotated[str, tyro.conf.Positional] = "ci"
    """smoke, ci, standard, full, robustness, generalization; or verify."""
    policy: str | None = None
    """expert, random, noop, shipped (the default; what is shipped for each task), a checkpoint's path, ws://host:port, lerobot:folder, or
    module:factory. To verify: where the policy is on this machine, if elsewhere than the submission says."""
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
    world: str | None = None
    """World: sim (the default), pixels (adds camera images), or module:factory."""
    share: float | None = None
    """Of the rows to run again, only to verify; a tenth by default."""
    draw: int | None = None
    """Seed of the draw of rows, only to verify; by default nobody knows it beforehand."""

    def run(self) -> int:
        """Run the suite and print the table."""
        if self.suite == "verify":
            refuse(self, "verify", "overwrite", "world")
            return self._verify()
        refuse(self, self.suite, "share", "draw")
        from rich.console import Console

        from lacelab.agents.policies import resolve_for_all_tasks

        from ..evaluate import evaluate
        from ..suite_tables import print_suite
        from ..suites import SuiteRun, find_suite, read_private_seeds
        from .progress import episode_progress

        suite = find_suite(self.suite)
        seeds = read_private_seeds(self.private_seeds) if self.private_seeds else None
        run = SuiteRun(suite, resolve_for_all_tasks(self.policy or "shipped"), seeds, self.world or "sim")
        out = self.out or Path("bench") / f"{suite.name}.jsonl"
        with episode_progress(f"{suite.name} v{suite.version}", suite.episodes, Console(stderr=True)) as on_row:
            rows, timing = evaluate(
                run, workers=self.workers, engine=self.engine, out=out, overwrite=self.overwrite, on_row=on_row
            )
        print_suite(run, rows, timing, Console())
        print(f"rows: {out}")
        return 0

    def _verify(self) -> int:
        """Check a submission; exit code 1 if it is not whole or a row differs."""
        from ..suites import read_private_seeds
        from ..verify import Verifier

        path = self.out or Path("bench") / "ci.jsonl"
        seeds = read_private_seeds(self.private_seeds) if self.private_seeds else None
        share = 0.1 if self.share is None else self.share
        found = Verifier(share, self.workers, self.engine, self.draw, self.policy, seeds).check(path)
        for mismatch in found.mismatches:
            print(f"differs: {mismatch}")
        for version in found.versions:
            print(f"made with {version}")
        print(f"{found.checked} of {found.rows} rows run again, {len(found.mismatches)} differ: {path}")
        return int(bool(found.mismatches))
