"""Intervals over training seeds: how well does the method do, not this one checkpoint."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .exceptions import SampleError
from .statistics import CONFIDENCE, Interval


class Bootstrapped(NamedTuple):
    """A mean over training seeds."""

    mean: float
    interval: Interval  # percentiles
    interquartile_mean: float  # of the seeds' rates (Agarwal et al., 2021, arXiv 2108.13264)


def bootstrap_seeds(
    successes: ArrayLike, generator: np.random.Generator, *, resamples: int = 10_000, confidence: float = CONFIDENCE
) -> Bootstrapped:
    """Resample training seeds and, within each, episodes.

    Args:
        successes: outcomes of shape `(training_seeds, episodes)`; every checkpoint on the same episodes.
        generator: source of randomness.
        resamples: number of resampled tables.
        confidence: of the interval.

    Raises:
        SampleError: there are fewer than two training seeds, or no episodes.
    """
    table = np.asarray(successes, float)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 1:
        raise SampleError(f"Outcomes of two or more training seeds are needed, not an array of shape {table.shape}.")
    means = np.array([_resample(table, generator) for _ in range(resamples)])
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Bootstrapped(float(table.mean()), Interval(float(low), float(high)), interquartile_mean(table.mean(axis=1)))


def interquartile_mean(values: ArrayLike) -> float:
    """Return the mean of the middle half; the values at its edges count in part."""
    ordered = np.sort(np.asarray(values, float))
    edges = np.linspace(0.0, 1.0, len(ordered) + 1)
    weights = np.clip(np.minimum(edges[1:], 0.75) - np.maximum(edges[:-1], 0.25), 0.0, None)
    return float(weights @ ordered / weights.sum())


def _resample(table: NDArray[np.float64], generator: np.random.Generator) -> float:
    seeds, episodes = table.shape
    rates = table.mean(axis=1)[generator.integers(seeds, size=seeds)]
    return float(generator.binomial(episodes, rates).mean() / episodes)
