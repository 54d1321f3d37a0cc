"""`lacelab report`: one page about files of rows."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

if TYPE_CHECKING:
    from ..report import Film


@dataclass(frozen=True)
class Report:
    """Make one self-contained HTML page: leaderboard, funnels, intervals, failures with videos, physics, versions."""

    rows: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """Files of rows, of `lacelab eval` or `lacelab bench`."""
    out: Path = Path("report.html")
    """Page to write."""
    videos: int = 4
    """Videos of each part: a success, then one of each kind of failure; 0 for none."""
    megabytes: float = 6.5
    """Of all videos together, at most; a page grows by four thirds of it."""
    curves: Path | None = None
    """Learning curves: JSON lines with run, step and success."""

    def run(self) -> int:
        """Read the rows, film and write the page.

        Raises:
            SampleError: no file was named, or one is empty.
        """
        from ..exceptions import SampleError
        from ..report import Section, write_page
        from ..report.curves import read_curves
        from ..report.leaderboard import kind_of
        from ..versions import git_commit

        if not self.rows:
            raise SampleError("There is nothing to report. Valid: files of rows, such as 'lacelab report rows.jsonl'.")
        groups = [(path, rows) for path in self.rows for rows in _split(path)]
        curves = read_curves(self.curves) if self.curves else []
        with self._filming([rows for _, rows in groups]) as films:
            sections = [
                Section(f"{kind_of(rows[0])} · {rows[0]['policy']}", rows, f"lacelab bench verify --out {path}", shown)
                for (path, rows), shown in zip(groups, films, strict=True)
            ]
            write_page(self.out, sections, git_commit(), curves)
        print(f"page: {self.out} ({self.out.stat().st_size / 1e6:.1f} MB)")
        return 0

    @contextmanager
    def _filming(self, groups: list[list[dict[str, Any]]]) -> Iterator[list[list["Film"]]]:
        from rich.console import Console

        from lacelab.envs.exceptions import RenderingError

        from ..films import filming
        from .progress import tick_progress

        films: list[list[Film]] = [[] for _ in groups]
        with ExitStack() as stack:
            try:
                if self.videos:
                    on_frame = stack.enter_context(tick_progress("filming", Console(stderr=True)))
                    films = stack.enter_context(filming(groups, self.videos, int(1e6 * self.megabytes), on_frame))
            except RenderingError as error:
                print(f"No videos: {error}", file=sys.stderr)
            yield films


def _split(path: Path) -> list[list[dict[str, Any]]]:
    """Read a file and return its rows by what they asked for and of whom."""
    from ..exceptions import SampleError
    from ..report.leaderboard import kind_of
    from ..rows import read_rows

    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in read_rows(path).rows:
        groups.setdefault((kind_of(row), row["policy"]), []).append(row)
    if not groups:
        raise SampleError(f"'{path}' holds no rows to report.")
    return list(groups.values())
