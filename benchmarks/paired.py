"""Differences of success rates, on the same episodes and on different ones."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from .statistics import CONFIDENCE, Interval, McNemar, mcnemar, wilson


class Difference(NamedTuple):
    """How much better the second policy is than the first."""

    value: float
    interval: Interval  # Newcombe's


def newcombe_independent(first: tuple[int, int], second: tuple[int, int], confidence: float = CONFIDENCE) -> Difference:
    """Compare (successes, trials) on different episodes: method 10 of Newcombe (1998), Stat. Med. 17, 873-890."""
    rate_1, rate_2 = first[0] / first[1], second[0] / second[1]
    return _combine(rate_1, rate_2, wilson(*first, confidence), wilson(*second, confidence), 0.0)


def newcombe_paired(table: McNemar, confidence: float = CONFIDENCE) -> Difference:
    """Compare on the same episodes: method 10 of Newcombe (1998), Stat. Med. 17, 2635-2650.

    Args:
        table: the four counts of pairs.
        confidence: of the interval.
    """
    trials = sum(table[:4])
    first, second = table.both + table.only_first, table.both + table.only_second
    return _combine(
        first / trials,
        second / trials,
        wilson(first, trials, confidence),
        wilson(second, trials, confidence),
        _correlation(table),
    )


def compare(
    first: Sequence[bool], second: Sequence[bool], confidence: float = CONFIDENCE
) -> tuple[McNemar, Difference]:
    """Return the exact test and the difference with its interval for paired outcomes."""
    table = mcnemar(first, second)
    return table, newcombe_paired(table, confidence)


def _correlation(table: McNemar) -> float:
    """Return phi with Newcombe's continuity correction."""
    a, b, c, d = table[:4]
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 0.0
    product = float(a * d - b * c)
    if product > 0:
        product = max(product - (a + b + c + d) / 2, 0.0)
    return product / math.sqrt(margins)


def _combine(rate_1: float, rate_2: float, first: Interval, second: Interval, phi: float) -> Difference:
    value = rate_2 - rate_1
    below, above = rate_2 - second.low, first.high - rate_1
    low = value - math.sqrt(max(below**2 - 2 * phi * below * above + above**2, 0.0))
    below, above = rate_1 - first.low, second.high - rate_2
    high = value + math.sqrt(max(below**2 - 2 * phi * below * above + above**2, 0.0))
    return Difference(value, Interval(max(low, -1.0), min(high, 1.0)))
