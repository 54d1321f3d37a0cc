"""Policies in the order of their success, for each task, difficulty and settings.

A method that was trained several times is one entry: its rate is the mean over training seeds, its interval a bootstrap
over training seeds and episodes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..bootstrap import bootstrap_difference, bootstrap_seeds
from ..episode import Row
from ..exceptions import SampleError
from ..statistics import Interval, mcnemar, proportion
from ..tables import percent


class Candidate(NamedTuple):
    """What is ranked, with its rows of one kind of episode."""

    name: str  # of the policy or the method
    trainings: Sequence[Sequence[Row]]  # by training seed; one for a single policy

    @property
    def rows(self) -> list[Row]:
        """All rows."""
        return [row for rows in self.trainings for row in rows]


class Entry(NamedTuple):
    """A line of a board."""

    name: str
    trainings: int
    solved: str  # successes of episodes
    rate: float
    interval: Interval  # Wilson's; of a method the bootstrap's
    comparison: str  # with the best one; empty if the episodes are others


class Board(NamedTuple):
    """What was asked, and who did how well."""

    title: str
    entries: list[Entry]


def leaderboards(candidates: Sequence[Candidate]) -> list[Board]:
    """Rank candidates on the same kind of episodes."""
    boards: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        boards.setdefault(kind_of(candidate.rows[0]), []).append(candidate)
    return [Board(title, _rank(found)) for title, found in boards.items()]


def kind_of(row: Row) -> str:
    """Name what an episode asked for."""
    extras = [name for name in ("mirror", "deployment") if row[name]]
    settings = [f"{name} = {value:g}" for name, value in row["settings"].items()]
    return " · ".join([row["task"], row["difficulty"], *extras, *settings])


def rate_of(candidate: Candidate) -> tuple[float, Interval]:
    """Return the success rate with its interval: over training seeds, if there are some.

    Raises:
        SampleError: training seeds were evaluated on different episodes.
    """
    if len(candidate.trainings) == 1:
        found = proportion(sum(row["success"] for row in candidate.rows), len(candidate.rows))
        return found.rate, found.wilson
    seeds = _seeds(candidate)
    if len(seeds) > 1:
        raise SampleError(f"The training seeds of '{candidate.name}' were evaluated on different episodes.")
    mean, bounds, _ = bootstrap_seeds(_outcomes(candidate), np.random.default_rng(0))
    return mean, bounds


def _rank(candidates: list[Candidate]) -> list[Entry]:
    ranked = sorted(candidates, key=lambda found: -sum(row["success"] for row in found.rows) / len(found.rows))
    return [_entry(found, ranked[0]) for found in ranked]


def _entry(candidate: Candidate, best: Candidate) -> Entry:
    rows = candidate.rows
    count = f"{sum(row['success'] for row in rows)}/{len(rows)}"
    comparison = "" if candidate is best or _seeds(candidate) != _seeds(best) else _compare(best, candidate)
    return Entry(candidate.name, len(candidate.trainings), count, *rate_of(candidate), comparison)


def _compare(best: Candidate, candidate: Candidate) -> str:
    """Compare on the same episodes: exactly for two policies, by bootstrap where there are training seeds."""
    first, second = _outcomes(best), _outcomes(candidate)
    if len(first) == len(second) == 1:
        return f"p = {mcnemar(first[0], second[0]).p_value:.2g}"
    value, (low, high) = bootstrap_difference(first, second, np.random.default_rng(0))
    return f"{percent(value)} ({100 * low:.1f} to {100 * high:.1f})"


def _outcomes(candidate: Candidate) -> list[list[bool]]:
    return [[row["success"] for row in rows] for rows in candidate.trainings]


def _seeds(candidate: Candidate) -> set[tuple[int, ...]]:
    return {tuple(row["seed"] for row in rows) for rows in candidate.trainings}
