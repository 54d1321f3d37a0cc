"""Pauses that come to an end.

People pause, and a clone of them plans pauses: nothing now, and the next motion after that. Planned again before it begins, that
motion can be put off for ever, which is how most episodes of the shipped policy failed that failed. Chunks of actions are there
to carry a clone through pauses (Zhao et al., 2023, arXiv 2304.13705, section IV-A): one that pauses and then acts is carried
out as a whole. A policy that still does nothing for a while is shown several noises and does what moves it most.
"""

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.deployment import GRIPPERS

_REST = 0.06  # of full speed, the fastest axis on average: 0.75 mm or 0.5 degrees per tick
_MOTION = 0.1  # of full speed, of any axis
_GRASP = 0.5  # change of a gripper's opening, of 2 from open to closed
_LONG = 3  # chunks without motion: longer than a hand takes to close
_DRAWS = 8  # noises to choose from after that

Chunk = NDArray[np.float32]


class Pauses:
    """Follows for how long a policy pauses, and chooses what to carry out."""

    def __init__(self, usual: int) -> None:
        """Know how many actions of a chunk are carried out usually."""
        self._usual = usual
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self._chunks = 0  # that have passed without motion

    @property
    def draws(self) -> int:
        """How many chunks to choose from now."""
        return _DRAWS if self._chunks >= _LONG else 1

    def carry_out(self, chunks: Chunk) -> Chunk:
        """Return the actions (n, 14) to carry out of chunks (draws, chunk, 14)."""
        chunk = chunks[int(np.argmax([_motion(chunk) + _turn(chunk, chunk) for chunk in chunks]))]
        actions = chunk[: carried_out(chunk, self._usual)]
        self._chunks = self._chunks + 1 if _motion(actions) < _REST else 0
        return actions


def carried_out(chunk: Chunk, usual: int) -> int:
    """Return how many actions of a chunk (n, 14) to carry out: all where it pauses for the usual number, and then acts."""
    pause, rest = chunk[:usual], chunk[usual:]
    if not len(rest):
        return len(chunk)
    pauses = _motion(pause) < _REST and _turn(pause, pause) < _GRASP
    acts = np.abs(rest[:, ~GRIPPERS]).max() > _MOTION or _turn(pause, rest) > _GRASP
    return len(chunk) if pauses and acts else usual


def _motion(actions: Chunk) -> float:
    """Return the speed of the fastest axis, the mean over actions (n, 14)."""
    return float(np.abs(actions[:, ~GRIPPERS]).max(axis=1).mean())


def _turn(before: Chunk, after: Chunk) -> float:
    """Return how far a gripper opens or closes at most from the first of some actions on."""
    return float(np.abs(after[:, GRIPPERS] - before[0, GRIPPERS]).max())
