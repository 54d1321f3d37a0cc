"""Is anything slower than in the last release? Both are measured here, in turns, in one run.

python -m lacelab.benchmarks.performance.side_by_side

The release is checked out beside this checkout and runs its own speed tests with the same packages. The two take turns,
and of every test the fastest turn counts: whatever else the machine does hits both.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from ..exceptions import BaselineError
from ..files import write_json
from ..program import start
from ..versions import git_commit, versions

ROOT = Path(__file__).resolve().parents[2]
SUITE = Path("src/lacelab/benchmarks/performance")
Seconds = dict[str, float]


class Change(NamedTuple):
    """One speed test now and then."""

    name: str
    now: float  # s
    then: float  # s

    @property
    def ratio(self) -> float:
        """How many times as long it takes."""
        return self.now / self.then


@dataclass(frozen=True)
class SideBySide:
    """Compare speed with a release; exit code 1 if anything is slower by more than the limit."""

    release: str = ""
    """Commit or tag to compare with; by default the last tag that begins with v. Without one there is nothing to do."""
    rounds: int = 3
    """Turns of each."""
    limit: float = 0.2
    """Slowdown that is still accepted."""
    tests: str = "not slow and not vectorised"
    """Which speed tests to run, as pytest's -k."""
    out: Path | None = None
    """Where to write the figures as JSON."""

    def run(self) -> int:
        """Measure in turns, print and write."""
        release = self.release or last_release(ROOT)
        if not release:
            print("There is no release yet: nothing to compare with.")
            return 0
        with checked_out(ROOT, release) as then:
            turns = [(self._measure(then), self._measure(ROOT)) for _ in range(self.rounds)]
        changes = compare([now for _, now in turns], [before for before, _ in turns])
        _print(changes, release, self.limit)
        if self.out is not None:
            figures = {
                change.name: {"now": change.now, "then": change.then, "ratio": change.ratio} for change in changes
            }
            settings = {"release": release, "rounds": self.rounds, "limit": self.limit, "seconds": figures}
            write_json(self.out, settings | {"versions": versions(), "commit": git_commit()})
        return int(any(change.ratio > 1 + self.limit for change in changes))

    def _measure(self, root: Path) -> Seconds:
        """Run the speed tests of a checkout and return their medians; a missed bar is no matter here."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "figures.json"
            command = [sys.executable, "-m", "pytest", "-q", str(SUITE), "-k", self.tests, f"--benchmark-json={out}"]
            environment = {**os.environ, "PYTHONPATH": str(root / "src"), "OMP_NUM_THREADS": "1"}
            done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
            if not out.exists() or done.returncode not in (0, 1):
                raise BaselineError(f"The speed tests in '{root}' do not run: {done.stdout[-500:]}{done.stderr[-500:]}")
            content = json.loads(out.read_bytes())
            return {name: float(value) for name, value in content["seconds"].items()}


def compare(now: list[Seconds], then: list[Seconds]) -> list[Change]:
    """Return the speed tests that both have, by the fastest turn of each.

    Raises:
        BaselineError: they have none in common.
    """
    names = [name for name in now[0] if all(name in turn for turn in (*now, *then))]
    if not names:
        raise BaselineError("The two have no speed test in common.")
    return [Change(name, min(turn[name] for turn in now), min(turn[name] for turn in then)) for name in names]


def last_release(root: Path) -> str:
    """Return the last tag that begins with v; empty if there is none."""
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v*"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout.strip()


@contextlib.contextmanager
def checked_out(root: Path, release: str) -> Iterator[Path]:
    """Check a commit out into a folder that exists as long as the context.

    Raises:
        BaselineError: there is no such commit.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "release"
        command = ["git", "worktree", "add", "--detach", str(path), release]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BaselineError(f"Cannot check out '{release}': {done.stderr.strip()}")
        try:
            yield path
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(path)], cwd=root, check=False)


def _print(changes: list[Change], release: str, limit: float) -> None:
    table = Table("speed test", "now, ms", f"{release}, ms", "ratio", "", box=box.SIMPLE_HEAD)
    for change in changes:
        slower = "slower" if change.ratio > 1 + limit else ""
        table.add_row(change.name, f"{1e3 * change.now:.3g}", f"{1e3 * change.then:.3g}", f"{change.ratio:.2f}", slower)
    Console().print(table)


if __name__ == "__main__":
    start(SideBySide)
