"""How many episodes a comparison needs, and what a number of episodes can show."""

import math
from collections.abc import Callable

import numpy as np
from scipy.stats import binom, norm

from .exceptions import SampleError

_MOST = 100_000  # episodes; whoever needs more has asked for too much


def power_of_two(rate_1: float, rate_2: float, episodes: int, alpha: float = 0.05) -> float:
    """Return the power of the two-sided z test on different episodes, `episodes` for each policy.

    The usual approximation with separate variances under both hypotheses (Fleiss, Levin and Paik, 2003, section 4.2).
    """
    pooled = (rate_1 + rate_2) / 2
    under_null = math.sqrt(2 * pooled * (1 - pooled) / episodes)
    spread = math.sqrt((rate_1 * (1 - rate_1) + rate_2 * (1 - rate_2)) / episodes)
    gap, critical = abs(rate_1 - rate_2), norm.isf(alpha / 2) * under_null
    return float(norm.sf((critical - gap) / spread) + norm.cdf((-critical - gap) / spread))


def episodes_for_two(rate_1: float, rate_2: float, alpha: float = 0.05, power: float = 0.9) -> int:
    """Return how many episodes each policy needs for `power_of_two` to reach a power."""
    return _smallest(lambda episodes: power_of_two(rate_1, rate_2, episodes, alpha), power)


def power_of_pairs(loses: float, wins: float, episodes: int, alpha: float = 0.05) -> float:
    """Return the exact power of the two-sided exact McNemar test.

    Args:
        loses: probability that only the first policy succeeds.
        wins: probability that only the second one does.
        episodes: number of pairs.
        alpha: level of the test.
    """
    discordant = loses + wins
    if discordant == 0:
        return 0.0
    counts = np.arange(episodes + 1)
    critical = _critical(episodes, alpha)
    share = loses / discordant
    rejects = binom.cdf(critical, counts, share) + binom.sf(counts - critical - 1, counts, share)
    return float(np.sum(binom.pmf(counts, episodes, discordant) * np.where(critical >= 0, rejects, 0.0)))


def pairs_for(loses: float, wins: float, alpha: float = 0.05, power: float = 0.9) -> int:
    """Return how many pairs the exact McNemar test needs to reach a power."""
    return _smallest(lambda episodes: power_of_pairs(loses, wins, episodes, alpha), power)


def episodes_for_width(rate: float, half_width: float, confidence: float = 0.95) -> int:
    """Return how many episodes give a normal interval of a half width around a rate."""
    return math.ceil(rate * (1 - rate) * (norm.isf((1 - confidence) / 2) / half_width) ** 2)


def _critical(episodes: int, alpha: float) -> np.ndarray:
    """Return for each number of discordant pairs the largest minority that is significant; -1 where none is."""
    counts = np.arange(episodes + 1)
    critical = binom.ppf(alpha / 2, counts, 0.5).astype(int)
    return np.where(binom.cdf(critical, counts, 0.5) > alpha / 2, critical - 1, critical)


def _smallest(power_at: Callable[[int], float], power: float) -> int:
    """Return the smallest number of episodes from which a power is reached."""
    high = 1
    while power_at(high) < power:
        high *= 2
        if high > _MOST:
            raise SampleError(f"A power of {power:g} would take more than {_MOST} episodes.")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(middle) >= power else (middle, high)
    return high
