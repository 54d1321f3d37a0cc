"""The true progress of a demonstration: how much of an undisturbed one's work is done, frame by frame.

It rises within each step of the work, stays where hands rest, and falls where something has to be done again.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .flaws import POLICY, Flaw, runs_of

_WORK = {
    "approach": 0.45,
    "descend": 0.75,
    "grasp": 0.40,
    "lift": 0.45,
    "carry": 1.20,
    "align": 0.90,
    "insert": 0.70,
    "reach": 1.90,
    "take": 0.35,
    "release": 0.50,
    "pull": 1.35,
    "put down": 1.65,
    "let lie": 0.35,
}
"""Median duration of each step of the expert [s], in order."""
_STARTS = dict(zip(_WORK, np.cumsum([0.0, *_WORK.values()]).tolist(), strict=False))
_TOTAL = sum(_WORK.values())
_DONE = np.array([*(_STARTS[phase] for phase in ("approach", "carry", "reach", "release", "put down")), _TOTAL])
"""Work that is done after each number of completed stages [s]: all that is known of what somebody else does."""
_PULLED = 4  # completed stages after which a release lets the lace lie


def true_progress(
    phases: Sequence[str], stages: Sequence[int], threaded: Sequence[bool], lapses: Sequence[Flaw]
) -> NDArray[np.float32]:
    """Return the share of the work that is done, (frames,) in [0, 1].

    Args:
        phases: what the demonstrator was doing.
        stages: number of stages completed before each frame.
        threaded: whether the goal lace was through the goal eyelet.
        lapses: what was done wrong on purpose; such frames are no work.
    """
    progress = np.zeros(len(phases), np.float32)
    for run in runs_of(phases):
        start, work = _place(run.phase, stages[run.start], threaded[run.start])
        working = np.array([lapse is Flaw.NONE for lapse in lapses[run.start : run.stop]])
        done = np.cumsum(working) / max(1, working.sum())
        progress[run.start : run.stop] = (start + work * done) / _TOTAL
    by_policy = np.array([phase == POLICY for phase in phases], bool)
    return np.where(by_policy, _DONE[np.array(stages, int)] / _TOTAL, progress).astype(np.float32)


def _place(phase: str, stages: int, threaded: bool) -> tuple[float, float]:
    """Return where a phase starts in the work, and how much work it is [s]."""
    if phase == "done":
        return _TOTAL, 0.0
    if phase == "lay in the shoe":
        phase = "put down"
    if phase == "release" and stages >= _PULLED:
        phase = "let lie"
    if phase == "back off":
        return _STARTS["align"], 0.0
    known = phase in _WORK
    late = known and _STARTS[phase] >= _STARTS["reach"]
    if threaded and not late:
        return (_STARTS[phase], _WORK[phase]) if phase == "insert" else (_STARTS["reach"], 0.0)
    if not threaded and late or phase == "present":
        return _STARTS["carry"], 0.0
    return (_STARTS[phase], _WORK[phase]) if known else (0.0, 0.0)
