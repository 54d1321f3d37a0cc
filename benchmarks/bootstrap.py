"""Intervals over training seeds: how well does the method do, not this one checkpoint.

Training seeds and episodes are resampled independently of each other (a crossed bootstrap: Owen, 2007, Ann. Appl. Stat.
1, 386-411): all checkpoints meet the same episodes, so their outcomes are not independent.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .exceptions import SampleError
from .statistics import CONFIDENCE, Interval

_RESAMPLES = 10_000
Array = NDArray[np.float64]


class Bootstrapped(NamedTuple):
    """A mean over training seeds."""

    mean: float
    interval: Interval  # percentiles
    interquartile_mean: float  # of the seeds' rates (Agarwal et al., 2021, arXiv 2108.13264)


class BootstrappedDifference(NamedTuple):
    """How much better the second method is than the first."""

    value: float
    interval: Interval  # percentiles


def bootstrap_seeds(
    successes: ArrayLike,
    generator: np.random.Generator,
    *,
    resamples: int = _RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Bootstrapped:
    """Return the mean over training seeds with its interval.

    Args:
        successes: outcomes of shape `(training_seeds, episodes)`; every checkpoint on the same episodes.
        generator: source of randomness.
        resamples: number of resampled tables.
        confidence: of the interval.

    Raises:
        SampleError: there are fewer than two training seeds, or no episodes.
    """
    table = _check(successes, fewest=2)
    means = _means(table, _weights(table.shape[1], resamples, generator), generator)
    return Bootstrapped(float(table.mean()), _percentiles(means, confidence), interquartile_mean(table.mean(axis=1)))


def bootstrap_difference(
    first: ArrayLike,
    second: ArrayLike,
    generator: np.random.Generator,
    *,
    resamples: int = _RESAMPLES,
    confidence: float = CONFIDENCE,
) -> BootstrappedDifference:
    """Compare two methods on the same episodes; see `bootstrap_seeds`. One of them may have a single training seed.

    Raises:
        SampleError: the episodes are not as many for both, or there are none.
    """
    before, after = _check(first, fewest=1), _check(second, fewest=1)
    if before.shape[1] != after.shape[1]:
        raise SampleError(f"{before.shape[1]} episodes cannot be paired with {after.shape[1]}.")
    weights = _weights(before.shape[1], resamples, generator)
    differences = _means(after, weights, generator) - _means(before, weights, generator)
    return BootstrappedDifference(float(after.mean() - before.mean()), _percentiles(differences, confidence))


def interquartile_mean(values: ArrayLike) -> float:
    """Return the mean of the middle half; the values at its edges count in part."""
    ordered = np.sort(np.asarray(values, float))
    edges = np.linspace(0.0, 1.0, len(ordered) + 1)
    weights = np.clip(np.minimum(edges[1:], 0.75) - np.maximum(edges[:-1], 0.25), 0.0, None)
    return float(weights @ ordered / weights.sum())


def _check(successes: ArrayLike, fewest: int) -> Array:
    table = np.asarray(successes, float)
    if table.ndim != 2 or table.shape[0] < fewest or table.shape[1] < 1:
        raise SampleError(
            f"Outcomes of {fewest} or more training seeds are needed, not an array of shape {table.shape}."
        )
    return table


def _weights(count: int, resamples: int, generator: np.random.Generator) -> Array:
    """Return how often each of some things is drawn, as shares; shape `(resamples, count)`."""
    return generator.multinomial(count, np.full(count, 1 / count), size=resamples) / count


def _means(table: Array, episodes: Array, generator: np.random.Generator) -> Array:
    """Return the mean of each resampled table, shape `(resamples,)`."""
    seeds = _weights(len(table), len(episodes), generator)
    return np.einsum("rs,rs->r", seeds, episodes @ table.T)


def _percentiles(values: Array, confidence: float) -> Interval:
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))
