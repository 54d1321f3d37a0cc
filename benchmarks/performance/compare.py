"""Is anything slower than in the last release?

python -m lacelab.benchmarks.performance.compare benchmarks/results/performance.json

Both files hold the time of each speed test and that of the reference measured in the same run; what is compared is
their ratio, so that it does not matter how fast the machines are.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import tyro
from rich import box
from rich.console import Console
from rich.table import Table

from lacelab.envs.exceptions import LaceLabError

from ..exceptions import BaselineError

RELEASE = Path("benchmarks/results/performance-release.json")


class Change(NamedTuple):
    """One speed test now and then."""

    name: str
    now: float  # multiples of the reference
    then: float

    @property
    def ratio(self) -> float:
        """How many times as long it takes."""
        return self.now / self.then


@dataclass(frozen=True)
class Compare:
    """Compare speed with the last release; exit code 1 if anything is slower by more than the limit."""

    current: Annotated[Path, tyro.conf.Positional]
    """Figures of this run."""
    release: Path = RELEASE
    """Figures of the last release; without them there is nothing to compare."""
    limit: float = 0.2
    """Slowdown that is still accepted."""

    def run(self) -> int:
        """Compare and print."""
        if not self.release.exists():
            print(f"No figures of a release in '{self.release}': nothing to compare.")
            return 0
        changes = compare(read_figures(self.current), read_figures(self.release))
        table = Table("speed test", "now", "release", "ratio", "", box=box.SIMPLE_HEAD)
        for change in changes:
            slower = "slower" if change.ratio > 1 + self.limit else ""
            table.add_row(change.name, f"{change.now:.3g}", f"{change.then:.3g}", f"{change.ratio:.2f}", slower)
        Console().print(table)
        return int(any(change.ratio > 1 + self.limit for change in changes))


def read_figures(path: Path) -> dict[str, Any]:
    """Read a file of `make bench`.

    Raises:
        BaselineError: it cannot be read or lacks what is compared.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        return {"seconds": dict(content["seconds"]), "reference": float(content["reference"])}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BaselineError(f"'{path}' holds no figures of 'make bench': {error}.") from error


def compare(current: dict[str, Any], release: dict[str, Any]) -> list[Change]:
    """Return the speed tests that both have."""
    return [
        Change(name, seconds / current["reference"], release["seconds"][name] / release["reference"])
        for name, seconds in current["seconds"].items()
        if name in release["seconds"]
    ]


if __name__ == "__main__":
    try:
        sys.exit(tyro.cli(Compare).run())
    except LaceLabError as error:
        sys.exit(f"compare: {error}")
