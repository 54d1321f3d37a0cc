"""Trajectories with hindsight failures, and the rewards and discounts of chunked backups.

GR-RL (arXiv 2512.01801, section 3.2): most demonstrations succeed, so failures are made in hindsight. Where a
demonstrator starts over, at a retry keyframe m, the prefix up to m is added as a trajectory that failed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

GAMMA = 0.995  # per tick of 50 ms: the value of an episode of 15 s begins near 0.2

ENDLESS = 1_000_000_000  # a chunk that no trajectory outlasts: its return is what the trajectory came to


class Visits(NamedTuple):
    """Frames as parts of trajectories; a frame before two keyframes is visited by three.

    Attributes:
        frame: global index (visits,).
        end: global index at which the trajectory ends (visits,).
        success: 1 if it succeeds, else 0 (visits,).
    """

    frame: NDArray[np.int64]
    end: NDArray[np.int64]
    success: NDArray[np.float32]

    def at(self, chosen: NDArray[np.int64]) -> "Visits":
        """Return some of the visits."""
        return Visits(self.frame[chosen], self.end[chosen], self.success[chosen])


def visits(
    starts: NDArray[np.int64], successes: Sequence[bool], keyframes: Sequence[Sequence[int]], episodes: Sequence[int]
) -> Visits:
    """Return the visits of all trajectories of some episodes, hindsight failures among them.

    Args:
        starts: global index at which each episode begins, and the total (episodes + 1,).
        successes: of each episode.
        keyframes: frames within each episode at which the demonstrator started over.
        episodes: numbers of those to use.
    """
    parts = []
    for number in episodes:
        start, stop = int(starts[number]), int(starts[number + 1])
        parts.append(_trajectory(start, stop, successes[number]))
        marks = sorted({mark for mark in keyframes[number] if 0 < mark < stop - start})
        parts.extend(_trajectory(start, start + mark, success=False) for mark in marks)
    return Visits(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _trajectory(start: int, end: int, success: bool) -> Visits:
    length = end - start
    return Visits(np.arange(start, end), np.full(length, end), np.full(length, success, np.float32))


def rewards_and_discounts(
    chosen: Visits, chunk: int, gamma: float = GAMMA
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return r_t and the discount of the value `chunk` ticks later, both (visits,).

    r_t = gamma^(T - t) * success for the last `chunk` steps of a trajectory, whose last step is T, where nothing follows;
    before, 0, and the value of the state a chunk later counts gamma^chunk.
    """
    left = chosen.end - 1 - chosen.frame
    last = left < chunk
    reward = np.where(last, gamma**left * chosen.success, 0.0).astype(np.float32)
    return reward, np.where(last, 0.0, gamma**chunk).astype(np.float32)
