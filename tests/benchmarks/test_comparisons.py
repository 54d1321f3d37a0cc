"""Comparisons and sample sizes against published values, statsmodels and brute force."""

import functools
import math
from itertools import product

import numpy as np
import pytest
from statsmodels.stats import contingency_tables, proportion
from statsmodels.stats.power import NormalIndPower

from lacelab.benchmarks.bootstrap import bootstrap_difference, bootstrap_seeds, interquartile_mean
from lacelab.benchmarks.exceptions import SampleError
from lacelab.benchmarks.paired import compare, newcombe_independent, newcombe_paired
from lacelab.benchmarks.power import episodes_for_two, episodes_for_width, pairs_for, power_of_pairs, power_of_two
from lacelab.benchmarks.statistics import McNemar, clopper_pearson, mcnemar, wilson

EXACT = 1e-9


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize(("successes", "trials"), [(0, 7), (3, 17), (81, 263), (20, 20), (199, 200)])
def test_intervals_agree_with_statsmodels(successes: int, trials: int, confidence: float) -> None:
    for method, ours in (("wilson", wilson), ("beta", clopper_pearson)):
        theirs = proportion.proportion_confint(successes, trials, 1 - confidence, method)
        assert ours(successes, trials, confidence) == pytest.approx(theirs, abs=EXACT)


@pytest.mark.parametrize("counts", [(4, 6, 1, 2), (50, 12, 3, 5), (0, 9, 9, 0), (10, 0, 5, 1)])
def test_mcnemar_agrees_with_statsmodels(counts: tuple[int, int, int, int]) -> None:
    both, first, second, neither = counts
    a = [True] * both + [True] * first + [False] * second + [False] * neither
    b = [True] * both + [False] * first + [True] * second + [False] * neither
    theirs = contingency_tables.mcnemar([[both, first], [second, neither]], exact=True).pvalue
    assert mcnemar(a, b).p_value == pytest.approx(min(theirs, 1.0), abs=EXACT)


@pytest.mark.parametrize(("first", "second"), [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((10, 10), (0, 20))])
def test_newcombe_agrees_with_statsmodels(first: tuple[int, int], second: tuple[int, int]) -> None:
    theirs = proportion.confint_proportions_2indep(*second, *first, method="newcomb", compare="diff")
    assert newcombe_independent(first, second).interval == pytest.approx(theirs, abs=EXACT)


def test_newcombe_matches_the_published_intervals() -> None:
    # Newcombe (1998), Stat. Med. 17, 873-890, table II, method 10, examples (a) and (f).
    assert newcombe_independent((48, 80), (56, 70)).interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe_independent((0, 10), (10, 10)).interval == pytest.approx((0.6075, 1.0), abs=5e-5)
    # Newcombe (1998), Stat. Med. 17, 2635-2650, method 10: 36, 12, 2, 0 pairs.
    found = newcombe_paired(McNemar(36, 2, 12, 0, 0.0))
    assert found.value == pytest.approx(0.2) and found.interval == pytest.approx((0.0569, 0.3404), abs=5e-5)


def test_paired_intervals_are_narrower_and_antisymmetric() -> None:
    first = [True] * 80 + [False] * 20
    second = [True] * 75 + [False] * 25
    table, difference = compare(first, second)
    assert table.only_first == 5 and difference.value == pytest.approx(-0.05)
    apart = newcombe_independent((80, 100), (75, 100))
    assert difference.interval.high - difference.interval.low < apart.interval.high - apart.interval.low
    low, high = compare(second, first)[1].interval
    assert (-high, -low) == pytest.approx(difference.interval)


@pytest.mark.parametrize(("rate_1", "rate_2", "episodes"), [(0.9, 0.8, 199), (0.5, 0.6, 300), (0.95, 0.9, 435)])
def test_power_agrees_with_statsmodels(rate_1: float, rate_2: float, episodes: int) -> None:
    theirs = proportion.power_proportions_2indep(rate_1 - rate_2, rate_2, episodes, alpha=0.05).power
    assert power_of_two(rate_1, rate_2, episodes) == pytest.approx(theirs, abs=EXACT)


def test_sample_sizes() -> None:
    episodes = episodes_for_two(0.9, 0.8, power=0.8)
    assert episodes == 199  # Fleiss, Levin and Paik (2003), without continuity correction
    assert power_of_two(0.9, 0.8, episodes - 1) < 0.8 <= power_of_two(0.9, 0.8, episodes)
    assert abs(NormalIndPower().power(proportion.proportion_effectsize(0.9, 0.8), episodes, 0.05) - 0.8) < 0.03
    theirs = proportion.samplesize_confint_proportion(0.8, 0.05, 0.05)
    assert episodes_for_width(0.8, 0.05) == int(np.ceil(theirs))


def test_power_of_pairs_by_brute_force() -> None:
    loses, wins, episodes, alpha = 0.45, 0.05, 8, 0.2
    chances = {1: loses, -1: wins, 0: 1 - loses - wins}

    @functools.cache
    def p_value(lost: int, won: int) -> float:
        return mcnemar([True] * lost + [False] * won, [False] * lost + [True] * won).p_value

    power = 0.0
    for pairs in product(chances, repeat=episodes):
        if p_value(pairs.count(1), pairs.count(-1)) <= alpha:
            power += math.prod(chances[pair] for pair in pairs)
    assert power_of_pairs(loses, wins, episodes, alpha) == pytest.approx(power, abs=EXACT)
    assert power_of_pairs(0.0, 0.0, 10) == 0.0


def test_pairs_needed() -> None:
    pairs = pairs_for(0.15, 0.05, power=0.8)
    assert power_of_pairs(0.15, 0.05, pairs) >= 0.8 and 150 < pairs < 220
    with pytest.raises(SampleError, match="A power of 0.9 would take more than 100000 episodes."):
        pairs_for(0.1, 0.1)


def test_bootstrap_over_training_seeds() -> None:
    generator = np.random.default_rng(0)
    table = generator.random((8, 100)) < np.linspace(0.6, 0.9, 8)[:, None]
    found = bootstrap_seeds(table, np.random.default_rng(1), resamples=2000)
    assert found.mean == pytest.approx(table.mean())
    rates, episodes = table.mean(axis=1), table.mean(axis=0)
    rest = table - rates[:, None] - episodes + found.mean
    spread = 1.96 * np.sqrt(rates.var() / 8 + episodes.var() / 100 + rest.var() / 800)
    assert found.interval.high - found.interval.low == pytest.approx(2 * spread, rel=0.06)
    assert found.interval.low < found.mean - 0.9 * spread and found.interval.high > found.mean + 0.8 * spread
    assert interquartile_mean([0.0, 1.0, 3.0, 10.0]) == 2.0
    assert interquartile_mean([0.0, 1.0, 2.0]) == pytest.approx(1.0)
    with pytest.raises(SampleError, match=r"not an array of shape \(1, 5\)"):
        bootstrap_seeds(np.ones((1, 5)), generator)


def test_bootstrap_covers_as_often_as_it_says() -> None:
    generator, covered = np.random.default_rng(3), 0
    for _ in range(200):
        chances = np.clip(0.7 + 0.08 * generator.standard_normal((8, 1)) + 0.2 * generator.standard_normal(60), 0, 1)
        low, high = bootstrap_seeds(generator.random((8, 60)) < chances, generator, resamples=300).interval
        covered += low <= 0.69 <= high  # The mean of the clipped chances.
    assert 0.9 <= covered / 200 <= 0.995


def test_bootstrap_of_a_difference_is_paired_by_episode() -> None:
    generator = np.random.default_rng(0)
    easy = generator.random(200) < 0.5  # the same episodes are easy for both
    first, second = np.tile(easy, (4, 1)), np.tile(easy, (5, 1)).astype(float)
    second[:, :10] = 1.0
    value, (low, high) = bootstrap_difference(first, second, generator, resamples=2000)
    assert value == pytest.approx(second.mean() - first.mean())
    assert 0.0 <= low < value < high < 0.07  # Not paired it would be twenty points wide.
    swapped = bootstrap_difference(second, first, np.random.default_rng(1), resamples=2000)
    assert swapped.interval == pytest.approx((-high, -low), abs=0.005)
    with pytest.raises(SampleError, match="200 episodes cannot be paired with 3."):
        bootstrap_difference(first, np.ones((2, 3)), generator)
