"""Policies in the order of their success, for each task, difficulty and settings."""

from collections.abc import Sequence
from typing import NamedTuple

from ..episode import Row
from ..statistics import Proportion, mcnemar, proportion


class Entry(NamedTuple):
    """A policy on a board."""

    policy: str
    success: Proportion
    p_value: str  # of the exact McNemar test against the best one; empty if the episodes are others


class Board(NamedTuple):
    """What was asked, and who did how well."""

    title: str
    entries: list[Entry]


def leaderboards(evaluations: Sequence[Sequence[Row]]) -> list[Board]:
    """Rank evaluations of the same kind, each the rows of one policy."""
    boards: dict[str, list[Sequence[Row]]] = {}
    for rows in evaluations:
        if rows:
            boards.setdefault(kind_of(rows[0]), []).append(rows)
    return [Board(title, _rank(found)) for title, found in boards.items()]


def kind_of(row: Row) -> str:
    """Name what an episode asked for."""
    extras = [name for name in ("mirror", "deployment") if row[name]]
    settings = [f"{name} = {value:g}" for name, value in row["settings"].items()]
    return " · ".join([row["task"], row["difficulty"], *extras, *settings])


def _rank(evaluations: list[Sequence[Row]]) -> list[Entry]:
    ranked = sorted(evaluations, key=lambda rows: -sum(row["success"] for row in rows) / len(rows))
    return [_entry(rows, ranked[0]) for rows in ranked]


def _entry(rows: Sequence[Row], best: Sequence[Row]) -> Entry:
    p_value = ""
    if rows is not best and [row["seed"] for row in rows] == [row["seed"] for row in best]:
        p_value = f"{mcnemar([row['success'] for row in best], [row['success'] for row in rows]).p_value:.3g}"
    return Entry(rows[0]["policy"], proportion(sum(row["success"] for row in rows), len(rows)), p_value)
