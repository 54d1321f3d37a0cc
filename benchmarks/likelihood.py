"""How well paired outcomes fit a drop of the success rate, compared with what fits them best."""

import functools

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

Array = NDArray[np.float64]


def log_ratio(pairs: int, losses: ArrayLike, wins: ArrayLike, drop: float) -> Array:
    """Return the log of the maximal likelihood under "worse by `drop` or more" over the maximal likelihood.

    Under a fall by exactly `drop` the probability of a loss is that of a win, q, plus `drop`; the likelihood is largest
    at the positive root of 2 n q^2 - (m (1 - drop) - 2 drop (wins + ties)) q - wins drop (1 - drop) = 0, with n pairs
    of which m differ.

    Args:
        pairs: number of pairs.
        losses: pairs that only the baseline solved, and
        wins: pairs that only the candidate solved; arrays that can be broadcast.
        drop: in (0, 1).
    """
    lost, won = np.asarray(losses, float), np.asarray(wins, float)
    ties = np.maximum(pairs - lost - won, 0.0)
    linear = (lost + won) * (1 - drop) - 2 * drop * (won + ties)
    root = np.sqrt(linear**2 + 8 * pairs * won * drop * (1 - drop))
    q = np.clip((linear + root) / (4 * pairs), 0.0, (1 - drop) / 2)
    restricted = xlogy(lost, q + drop) + xlogy(won, q) + xlogy(ties, 1 - 2 * q - drop)
    free = xlogy(lost, lost / pairs) + xlogy(won, won / pairs) + xlogy(ties, ties / pairs)
    return np.where(lost - won >= drop * pairs, 0.0, restricted - free)


@functools.lru_cache(maxsize=2048)
def log_ratios(pairs: int, losses: int, wins: int, drop: float) -> NDArray[np.float32]:
    """Return `log_ratio` for all losses and wins below two numbers, as an array (losses, wins)."""
    lost, won = np.ogrid[:losses, :wins]
    return log_ratio(pairs, lost, won, drop).astype(np.float32)


@functools.lru_cache(maxsize=2**14)
def log_ratio_once(pairs: int, losses: int, wins: int, drop: float) -> float:
    """Return `log_ratio` of one table."""
    return float(log_ratio(pairs, losses, wins, drop))
