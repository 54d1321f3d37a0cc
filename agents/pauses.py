"""Pauses that come to an end: what a chunk plans after one is carried out before anybody plans again.

People pause, and a clone of them plans pauses: nothing now, and the next motion after that. Planned again before it begins, that
motion can be put off for ever. Chunks of actions are there to carry a clone through pauses (Zhao et al., 2023, arXiv 2304.13705,
section IV-A); here that takes a chunk carried out as a whole. Motion that is small but leads nowhere else is no pause.
"""

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.deployment import GRIPPERS

_REST = 0.06  # of full speed, the fastest axis on average: 0.75 mm or 0.5 degrees per tick
_MOTION = 0.1  # of full speed, of any axis
_GRASP = 0.5  # change of a gripper's opening, of 2 from open to closed


def carried_out(chunk: NDArray[np.float32], usual: int) -> int:
    """Return how many actions of a chunk (n, 14) to carry out: all where it pauses for the usual number, and then acts."""
    pause, rest = chunk[:usual], chunk[usual:]
    if not len(rest):
        return len(chunk)
    pauses = np.abs(pause[:, ~GRIPPERS]).max(axis=1).mean() < _REST and _turns(pause, pause) < _GRASP
    acts = np.abs(rest[:, ~GRIPPERS]).max() > _MOTION or _turns(pause, rest) > _GRASP
    return len(chunk) if pauses and acts else usual


def _turns(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """Return how far a gripper opens or closes at most from the first of some actions on."""
    return float(np.abs(after[:, GRIPPERS] - before[0, GRIPPERS]).max())
