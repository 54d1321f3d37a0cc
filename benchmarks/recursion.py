"""Exact recursions over paired outcomes: where to stop, and how likely a test is to get there."""

from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from .likelihood import log_ratios

_TAIL = 1e-9  # of what a recursion may cut off, to the disadvantage of power


class Rules(NamedTuple):
    """When a test stops."""

    losses: tuple[int, ...]  # by number of differing pairs: as many losses are REGRESSED, as many wins IMPROVED
    episodes: int  # at most
    threshold: float  # of the log likelihood ratio, at or below which it is HELD
    drop: float
    both: bool  # HELD excludes a rise of the size of the drop, too


class Reached(NamedTuple):
    """Where a test ends."""

    regressed: float  # probability
    held: float  # probability of HELD before the last episode is counted
    episodes: float  # mean number


def boundary(alpha: float, pairs: int, horizon: int) -> tuple[int, ...]:
    """Return how many losses (or wins) of 0, 1, ... differing pairs are too many.

    Args:
        alpha: probability of ever reaching it on one side if losses and wins are equally likely, at most.
        pairs: largest number of differing pairs.
        horizon: number of them by which alpha is spent, at a steady rate.
    """
    boundary = [1]
    alive = np.zeros(pairs + 2)
    alive[0], spent = 1.0, 0.0
    for count in range(1, pairs + 1):
        alive[1:] = 0.5 * alive[1:] + 0.5 * alive[:-1]
        alive[0] *= 0.5
        tail = np.cumsum(alive[::-1])[::-1]  # probability of as many losses or more
        affordable = np.flatnonzero(tail <= max(alpha * min(1.0, count / horizon) - spent, 0.0))
        losses = max(int(affordable[0]), count // 2 + 1)
        boundary.append(losses)
        spent += tail[losses] if losses <= count else 0.0
        alive[losses:] = 0.0
        alive[: max(count - losses + 1, 0)] = 0.0
    return tuple(boundary)


def room(episodes: int, loses: float, wins: float) -> tuple[int, int]:
    """Return below which numbers losses and wins stay, but for a tail that does not matter."""
    lost, won = (int(binom.isf(_TAIL, episodes, rate)) + 2 for rate in (loses, wins))
    return lost, won


def reach(rules: Rules, loses: float, wins: float, shared: tuple[int, int] | None = None) -> Reached:
    """Follow the distribution over (losses, wins) from pair to pair.

    Args:
        rules: when to stop.
        loses: probability of a loss.
        wins: probability of a win.
        shared: numbers of losses and wins up to which likelihood ratios are computed, so that calls can share them.
    """
    rows, columns = room(rules.episodes, loses, wins)
    shared = shared or (rows, columns)
    lost, won = np.ogrid[:rows, :columns]
    limit = np.append(rules.losses, np.full(rows + columns, rules.episodes + 1))[lost + won]
    lower, upper = lost >= limit, won >= limit
    alive, regressed, held, mean = np.zeros((rows, columns)), 0.0, 0.0, 0.0
    alive[0, 0] = 1.0
    for pairs in range(1, rules.episodes + 1):
        mean += alive.sum()
        moved = alive * (1.0 - loses - wins)
        moved[1:] += loses * alive[:-1]
        moved[:, 1:] += wins * alive[:, :-1]
        regressed += moved[lower].sum()
        moved[lower | upper] = 0.0
        if np.isfinite(rules.threshold):
            knows = _holds(rules, pairs, shared)[:rows, :columns]
            held += moved[knows].sum()
            moved[knows] = 0.0
        alive = moved
    return Reached(float(regressed), float(held), float(mean))


def _holds(rules: Rules, pairs: int, shared: tuple[int, int]) -> np.ndarray:
    knows = log_ratios(pairs, *shared, rules.drop) <= rules.threshold
    if rules.both:
        knows = knows & (log_ratios(pairs, shared[1], shared[0], rules.drop).T <= rules.threshold)
    return knows
