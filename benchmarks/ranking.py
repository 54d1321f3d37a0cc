"""How well one judgement ranks, within a state, what another one ranks. Pure functions."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lacelab.agents.exceptions import RunError


class Ranking(NamedTuple):
    """Two judgements of the same choices."""

    states: int  # in which both judgements tell choices apart
    correlation: float  # Spearman's, mean over states
    low: float  # 95 %, over states
    high: float
    spread_within: float  # deviation of the second judgement within a state, mean
    spread_between: float  # deviation over states of its mean


def rank(first: NDArray[np.float32], second: NDArray[np.float32]) -> Ranking:
    """Compare two judgements (states, choices) of the same choices.

    Raises:
        RunError: there are not two states in which both differ, without which there is no interval.
    """
    differ = (np.ptp(first, axis=1) > 0) & (np.ptp(second, axis=1) > 0)
    if differ.sum() < 2:
        raise RunError(
            f"Choices are told apart by both in {differ.sum()} of {len(differ)} states; at least 2 are needed."
        )
    pairs = zip(first[differ], second[differ], strict=True)
    found = np.array([stats.spearmanr(*pair).statistic for pair in pairs])
    mean, error = float(found.mean()), float(stats.sem(found))
    low, high = mean + error * np.array(stats.t.interval(0.95, len(found) - 1))
    within, between = second.std(axis=1).mean(), second.mean(axis=1).std()
    return Ranking(len(found), mean, float(low), float(high), float(within), float(between))
