"""From files of rows to what a page compares: policies, and methods that were trained several times."""

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..episode import Row
from ..exceptions import OptionsError, SampleError
from ..rows import read_rows
from .leaderboard import Candidate, kind_of


class Source(NamedTuple):
    """A candidate with rows of one kind of episode, and the files they are from."""

    candidate: Candidate
    paths: tuple[Path, ...]

    @property
    def title(self) -> str:
        """What was asked, and of whom."""
        return f"{kind_of(self.candidate.rows[0])} · {self.candidate.name}"


def read_sources(paths: Sequence[Path], methods: Sequence[str]) -> list[Source]:
    """Read files of rows.

    Args:
        paths: files whose policies stand for themselves.
        methods: `NAME=PATTERN` each; the files that the pattern matches are training seeds of the method.

    Raises:
        OptionsError: there is nothing to read, or a method is written in another way or matches less than two files.
        ResumeError: a file cannot be read.
        SampleError: a file is empty, or training seeds were evaluated on other suites.
    """
    if not paths and not methods:
        raise OptionsError(
            "There is nothing to report. Valid: files of rows, such as 'lacelab report rows.jsonl', or --method."
        )
    single = [Source(Candidate(rows[0]["policy"], [rows]), (path,)) for path in paths for rows in _split(path).values()]
    return single + [source for method in methods for source in _read_method(method)]


def _read_method(text: str) -> list[Source]:
    name, sign, pattern = text.partition("=")
    if not (name and sign and pattern):
        raise OptionsError(f"'{text}' names no method. Valid: NAME=PATTERN, for example 'flow=runs/flow-*/rows.jsonl'.")
    paths = tuple(Path(found) for found in sorted(glob.glob(pattern, recursive=True)))
    if len(paths) < 2:
        raise OptionsError(f"Method '{name}' needs files of two or more training seeds, '{pattern}' is {len(paths)}.")
    parts = [_split(path) for path in paths]
    kinds = list(dict.fromkeys(kind for part in parts for kind, _ in part))
    named = list(zip(parts, paths, strict=True))
    return [Source(Candidate(name, [_only(part, kind, path) for part, path in named]), paths) for kind in kinds]


def _only(parts: dict[tuple[str, str], list[Row]], wanted: str, path: Path) -> list[Row]:
    found = [rows for (kind, _), rows in parts.items() if kind == wanted]
    if len(found) != 1:
        raise SampleError(f"'{path}' holds {len(found)} policies on '{wanted}', a training seed is one.")
    return found[0]


def _split(path: Path) -> dict[tuple[str, str], list[Row]]:
    """Read a file and return its rows by what they asked for and of whom."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in read_rows(path).rows:
        groups.setdefault((kind_of(row), row["policy"]), []).append(row)
    if not groups:
        raise SampleError(f"'{path}' holds no rows to report.")
    return groups
