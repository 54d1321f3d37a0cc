"""Check a submission: run a random share of its rows again and compare."""

import secrets
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .engines import run_in_order
from .episode import EpisodeSpec, Row
from .exceptions import SampleError
from .rows import read_rows

_FREE = ("versions",)  # may differ between machines
_FIELDS = ("task", "difficulty", "seed", "policy", "mirror", "deployment", "world")


class Verification(NamedTuple):
    """What came of a check."""

    rows: int
    checked: int
    mismatches: list[str]  # one line each


def spec_of(row: Row) -> EpisodeSpec:
    """Return the episode of a row."""
    return EpisodeSpec(**{name: row[name] for name in _FIELDS}, settings=tuple(row["settings"].items()))


def verify(path: Path, *, share: float = 0.1, workers: int = 1, draw: int | None = None) -> Verification:
    """Run a random share of the rows of a file again.

    Args:
        path: file of rows.
        share: of the rows, at least one.
        workers: number of processes.
        draw: seed of the draw; by default one that nobody can know beforehand.

    Raises:
        ResumeError: the file cannot be read.
        SampleError: it holds no row.
    """
    rows = read_rows(path).rows
    if not rows:
        raise SampleError(f"'{path}' holds no row to verify.")
    generator = np.random.default_rng(secrets.randbits(64) if draw is None else draw)
    count = max(1, round(share * len(rows)))
    picked = [rows[index] for index in sorted(generator.choice(len(rows), count, replace=False))]
    again = run_in_order([spec_of(row) for row in picked], workers)
    mismatches = [line for row, result in zip(picked, again, strict=True) for line in _differences(row, result.row)]
    return Verification(len(rows), count, mismatches)


def _differences(claimed: Row, found: Row) -> list[str]:
    keys = [key for key in found if key not in _FREE and claimed.get(key) != found[key]]
    if not keys:
        return []
    shown: list[Any] = [f"{key}: claimed {claimed.get(key)!r}, found {found[key]!r}" for key in keys[:3]]
    return [f"{found['task']} {found['difficulty']} seed {found['seed']}: {'; '.join(shown)}"]
