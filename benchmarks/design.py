"""Plan a sequential paired test: as many episodes as its promises take, and thresholds for which they are exact."""

import functools
from typing import NamedTuple

import numpy as np
from scipy.stats import binom, norm

from .exceptions import SampleError
from .recursion import Reached, Rules, boundary, reach, room

_NUISANCE = (0.0, 0.3, 0.65, 1.0)  # shares of the largest planned probability of a win
_RESERVE = 0.35  # of 1 - power, which stopping early for HELD may use up
_MOST = 2000  # episodes
_RANGE, _HALVINGS = 12.0, 8  # of the search for a threshold of the log likelihood ratio


class Errors(NamedTuple):
    """What a test promises."""

    alpha: float = 0.05  # probability of REGRESSED (and of IMPROVED) when nothing has changed, at most
    power: float = 0.9  # probability of REGRESSED when the rate fell by `drop`, at least
    drop: float = 0.1  # smallest fall of the success rate that matters


class Design(NamedTuple):
    """A planned test."""

    errors: Errors
    baseline_rate: float
    episodes: int  # at most
    losses: tuple[int, ...]  # by number of differing pairs: as many losses are REGRESSED, as many wins IMPROVED
    threshold: float  # of the log likelihood ratio, at or below which it is HELD
    power: float  # exact, smallest over the planned probabilities of a win


def check_errors(errors: Errors, baseline_rate: float) -> None:
    """Refuse promises that no test can keep.

    Raises:
        SampleError: naming the bad value.
    """
    for name, value in errors._asdict().items():
        if not 0.0 < value < 1.0:
            raise SampleError(f"{name} = {value:g} is not between 0 and 1.")
    if errors.drop >= baseline_rate:
        raise SampleError(f"A rate of {baseline_rate:.3f} cannot fall by {errors.drop:g}.")
    if errors.power <= errors.alpha:
        raise SampleError(f"A power of {errors.power:g} is not above alpha = {errors.alpha:g}.")


def most_wins(baseline_rate: float, drop: float) -> float:
    """Return the planned probability of a win after a drop: as if episodes of both policies were independent."""
    return (1.0 - baseline_rate) * (baseline_rate - drop)


def improvable(baseline_rate: float, drop: float) -> bool:
    """Return whether the rate can rise by as much as it must not fall: HELD then excludes that, too."""
    return baseline_rate + drop <= 1.0


@functools.lru_cache(maxsize=32)
def plan(errors: Errors, baseline_rate: float, available: int | None = None) -> Design:
    """Plan a test.

    Args:
        errors: its promises.
        baseline_rate: success rate of the baseline.
        available: number of pairs that there are, if limited; with too few the power falls short of the promise.

    Raises:
        SampleError: the promises cannot be kept.
    """
    check_errors(errors, baseline_rate)
    episodes = _first_guess(errors, baseline_rate)
    wanted = errors.power + _RESERVE * (1 - errors.power)
    while episodes <= _MOST and (available is None or episodes < available):
        planner = _Planner(errors, baseline_rate, episodes)
        if planner.reaches(wanted, -np.inf):
            return planner.design()
        episodes = int(1.05 * episodes) + 1
    if available is None:
        raise SampleError(f"Keeping {errors} would take more than {_MOST} episodes.")
    return _Planner(errors, baseline_rate, available).design()


def power_at(design: Design, loses: float, wins: float) -> float:
    """Return the exact probability of REGRESSED for probabilities of a loss and of a win."""
    return _reach(design, loses, wins).regressed


def expected_episodes(design: Design, loses: float, wins: float) -> float:
    """Return after how many episodes the test stops on average."""
    return _reach(design, loses, wins).episodes


@functools.lru_cache(maxsize=512)
def _reach(design: Design, loses: float, wins: float) -> Reached:
    drop = design.errors.drop
    rules = Rules(design.losses, design.episodes, design.threshold, drop, improvable(design.baseline_rate, drop))
    return reach(rules, loses, wins)


class _Planner:
    """Searches the threshold of HELD for a number of episodes."""

    def __init__(self, errors: Errors, baseline_rate: float, episodes: int) -> None:
        self._errors, self._rate, self._episodes = errors, baseline_rate, episodes
        most = most_wins(baseline_rate, errors.drop)
        self._wins = sorted({share * most for share in _NUISANCE}, reverse=True)  # the worst first
        horizon = max(int(binom.isf(0.01, episodes, errors.drop + 2 * most)), 1)
        self._losses = boundary(errors.alpha, episodes, horizon)
        self._room = room(episodes, errors.drop + most, most)

    def reaches(self, power: float, threshold: float) -> bool:
        """Return whether a power is reached for all planned probabilities of a win."""
        return all(self._reach(threshold, wins).regressed >= power for wins in self._wins)

    def design(self) -> Design:
        """Return the design that stops earliest for HELD among those that keep the promise.

        With too few episodes to keep it, HELD is still wrong with a probability of at most 1 - power.
        """
        power, enough = self._errors.power, self.reaches(self._errors.power, -np.inf)
        low, high = -_RANGE, 0.0
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            kept = self.reaches(power, middle) if enough else self._rarely_held(1 - power, middle)
            low, high = (middle, high) if kept else (low, middle)
        smallest = min(self._reach(low, wins).regressed for wins in self._wins)
        return Design(self._errors, self._rate, self._episodes, self._losses, low, smallest)

    def _rarely_held(self, limit: float, threshold: float) -> bool:
        return all(self._reach(threshold, wins).held <= limit for wins in self._wins)

    def _reach(self, threshold: float, wins: float) -> Reached:
        drop = self._errors.drop
        rules = Rules(self._losses, self._episodes, threshold, drop, improvable(self._rate, drop))
        return reach(rules, wins + drop, wins, self._room)


def _first_guess(errors: Errors, baseline_rate: float) -> int:
    """Return the size of a test without looks in between (Connor, 1987, Biometrics 43, 207-211), one-sided."""
    differing = errors.drop + 2 * most_wins(baseline_rate, errors.drop)
    alpha, beta = norm.isf(errors.alpha), norm.isf(1 - errors.power)
    root = alpha * np.sqrt(differing) + beta * np.sqrt(max(differing - errors.drop**2, 0.0))
    return max(int((root / errors.drop) ** 2), 5)
