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

    rows: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Files of rows, of `lacelab eval` or `lacelab bench`."""
    method: tuple[str, ...] = ()
    """Methods that were trained several times, NAME=PATTERN each ('flow=runs/flow-*/rows.jsonl'): the files that match
    are its training seeds."""
    out: Path = Path("report.html")
    """Page to write."""
    videos: int = 4
    """Videos of each part: a success, then one of each kind of failure; 0 for none."""
    megabytes: float = 6.5
    """Of all videos together, at most; a page grows by four thirds of it."""
    workers: int = 1
    """Number of processes that film."""
    curves: tuple[str, ...] = ()
    """Learning curves: files, or METHOD=PATTERN each for those of its training seeds ('flow=runs/flow-*/curve.json'). A
    file is a `curve.json` of `lacelab train`, or JSON lines with run, step, success and, as wanted, method, episodes."""

    def run(self) -> int:
        """Read the rows, film and write the page.

        Raises:
            OptionsError: there is nothing to report, or numbers are negative.
            ParameterError: nobody works.
        """
        from lacelab.envs.parameters import check_count

        from ..exceptions import OptionsError
        from ..report import Section, write_page
        from ..report.candidates import read_sources
        from ..report.curve_files import find_curves
        from ..versions import git_commit

        if self.videos < 0 or self.megabytes < 0:
            raise OptionsError(f"{self.videos} videos of {self.megabytes:g} megabytes: neither can be negative.")
        check_count("workers", self.workers, 1, 1000)
        sources = read_sources(self.rows, self.method)
        curves = find_curves(self.curves)
        with self._filming([source.candidate.rows for source in sources]) as films:
            sections = [
                Section(source.title, source.candidate.rows, _command(source.paths), shown, source.candidate)
                for source, shown in zip(sources, films, strict=True)
            ]
            write_page(self.out, sections, git_commit(), curves)
        print(f"page: {self.out} ({self.out.stat().st_size / 1e6:.1f} MB)")
        return 0

    @contextmanager
    def _filming(self, groups: list[list[dict[str, Any]]]) -> Iterator[list[list["Film"]]]:
        from rich.console import Console

        from lacelab.envs.exceptions import RenderingError

        from ..films import filming
        from .progress import film_progress

        films: list[list[Film]] = [[] for _ in groups]
        with ExitStack() as stack:
            try:
                if self.videos:
                    on_film = stack.enter_context(film_progress(Console(stderr=True)))
                    budget = int(1e6 * self.megabytes)
                    films = stack.enter_context(filming(groups, self.videos, budget, self.workers, on_film, _complain))
            except RenderingError as error:
                print(f"No videos: {error}", file=sys.stderr)
            yield films


def _command(paths: "tuple[Path, ...]") -> str:
    return "; ".join(f"lacelab bench verify --out {path}" for path in paths)


def _complain(message: str) -> None:
    print(message, file=sys.stderr)
