"""What can be wrong with a frame of a demonstration, found from what the demonstrator did and how it turned out.

Lapses that the teleoperator has on purpose are known as they happen. Whether an aim or a grasp was off shows later, in
what had to be done again: then the whole attempt is marked, in hindsight.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Flaw(IntEnum):
    """Kinds of flaws; all but hesitations and pushes are mistakes."""

    NONE = 0
    HESITATION = 1  # the hands rest although there is something to do
    DETOUR = 2  # a hand goes somewhere else first
    MISS = 3  # an insertion beside the eyelet, from aligning to backing off
    MISSED_GRASP = 4  # fingers close beside a lying aglet
    BAD_GRASP = 5  # the lace is held too far from its tip and has to be let go again
    DROP = 6  # the lace slips out of a hand that was to keep it
    FAILED_HANDOVER = 7  # the other hand closes beside the tip
    PUSH = 8  # somebody else pushes a hand aside

    @property
    def is_mistake(self) -> bool:
        """Whether the demonstrator did something wrong, not just slowly."""
        return self not in (Flaw.NONE, Flaw.HESITATION, Flaw.PUSH)


POLICY = "policy"
"""Phase in which no demonstrator acts; nobody knows what it does wrong."""
_INSERTION = ("align", "insert", "back off")
_GRASP = ("descend", "grasp", "lift")
_HANDOVER = ("reach", "take", "let go")


class Run(NamedTuple):
    """Consecutive frames of one phase."""

    phase: str
    start: int
    stop: int


def label_frames(phases: Sequence[str], lapses: Sequence[Flaw], held: Sequence[bool]) -> NDArray[np.int8]:
    """Return the flaw of every frame.

    Args:
        phases: what the demonstrator was doing.
        lapses: what it did wrong on purpose.
        held: whether a hand held the goal lace.
    """
    labels = np.array(lapses, np.int8)
    runs = runs_of(phases)
    for number, run in enumerate(runs):
        if run.phase == "back off":
            _mark(labels, runs, number, _INSERTION, Flaw.MISS)
        elif run.phase == "let go":
            _mark(labels, runs, number, _HANDOVER, Flaw.FAILED_HANDOVER)
        elif run.phase == "recover" and number:
            _mark_failed_attempt(labels, runs, number - 1, held)
    return labels


def runs_of(phases: Sequence[str]) -> list[Run]:
    """Return the runs of equal phases."""
    starts = [i for i in range(len(phases)) if i == 0 or phases[i] != phases[i - 1]]
    return [Run(phases[a], a, b) for a, b in zip(starts, [*starts[1:], len(phases)], strict=True)]


def _mark_failed_attempt(labels: NDArray[np.int8], runs: list[Run], last: int, held: Sequence[bool]) -> None:
    """Mark what went before a recovery."""
    run = runs[last]
    if Flaw.BAD_GRASP in labels[run.start : run.stop]:
        _mark(labels, runs, last, (*_GRASP, "carry"), Flaw.BAD_GRASP)
    elif run.phase in _INSERTION:
        _mark(labels, runs, last, _INSERTION, Flaw.MISS)
    elif run.phase in _GRASP:
        _mark(labels, runs, last, _GRASP, Flaw.MISSED_GRASP)
    elif run.phase not in (*_HANDOVER, POLICY):
        start = run.stop
        while start > run.start and not held[start - 1]:
            start -= 1
        _fill(labels, start, run.stop, Flaw.DROP)


def _mark(labels: NDArray[np.int8], runs: list[Run], last: int, phases: Sequence[str], flaw: Flaw) -> None:
    """Mark the runs up to `last` that belong to one attempt: phases in their order, backwards."""
    order = len(phases)
    while last >= 0 and runs[last].phase in phases[:order]:
        order = phases.index(runs[last].phase)
        _fill(labels, runs[last].start, runs[last].stop, flaw)
        last -= 1


def _fill(labels: NDArray[np.int8], start: int, stop: int, flaw: Flaw) -> None:
    part = labels[start:stop]
    part[part == Flaw.NONE] = flaw
