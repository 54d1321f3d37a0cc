"""Intervals and tests against published values and closed forms."""

import math
from typing import Any

import pytest

from lacelab.benchmarks.exceptions import SampleError
from lacelab.benchmarks.statistics import clopper_pearson, mcnemar, proportion, stage_funnel, wilson

# Newcombe (1998), Statistics in Medicine 17, 857-872, table I: methods 3 (Wilson) and 5 (Clopper-Pearson).
_PUBLISHED = [
    (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
    (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
]


@pytest.mark.parametrize(("successes", "trials", "score", "exact"), _PUBLISHED)
def test_intervals_match_published_ones(
    successes: int, trials: int, score: tuple[float, float], exact: tuple[float, float]
) -> None:
    assert wilson(successes, trials) == pytest.approx(score, abs=5e-5)
    assert clopper_pearson(successes, trials) == pytest.approx(exact, abs=5e-5)


@pytest.mark.parametrize("trials", [1, 7, 200])
def test_intervals_match_closed_forms_without_successes(trials: int) -> None:
    z = 1.959963984540054
    assert wilson(0, trials).high == pytest.approx(z**2 / (trials + z**2), rel=1e-12)
    assert clopper_pearson(0, trials).high == pytest.approx(1 - 0.025 ** (1 / trials), rel=1e-9)


def test_intervals_are_symmetric() -> None:
    for method in (wilson, clopper_pearson):
        low, high = method(3, 17)
        assert method(14, 17) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_more_confidence_is_wider() -> None:
    assert wilson(5, 10, 0.99).low < wilson(5, 10, 0.9).low


def test_without_trials_nothing_is_known() -> None:
    nothing = proportion(0, 0)
    assert math.isnan(nothing.rate) and nothing.wilson == nothing.clopper_pearson == (0.0, 1.0)


def test_impossible_counts() -> None:
    with pytest.raises(SampleError, match="There cannot be 7 successes in 5 trials."):
        wilson(7, 5)


def test_mcnemar_counts_and_closed_form() -> None:
    first = [True] * 4 + [True] * 6 + [False] * 1 + [False] * 2
    second = [True] * 4 + [False] * 6 + [True] * 1 + [False] * 2
    result = mcnemar(first, second)
    assert result[:4] == (4, 6, 1, 2)
    assert result.p_value == pytest.approx(2 * (1 + 7) / 2**7)  # both tails of a binomial of 7
    assert mcnemar(second, first).p_value == pytest.approx(result.p_value)


def test_mcnemar_without_differences() -> None:
    assert mcnemar([True, False], [True, False]).p_value == 1.0


def test_mcnemar_needs_pairs() -> None:
    with pytest.raises(SampleError, match="2 episodes cannot be paired with 1."):
        mcnemar([True, False], [True])


def test_the_funnel_has_the_stages_that_a_task_asks_for() -> None:
    stages = {"pick": 1.0, "thread": None, "handover": None}
    for task, names in (("PickLace", ["pick"]), ("InsertAglet", ["pick", "thread"]), ("ThreadEyelet", list(stages))):
        funnel = stage_funnel([{"task": task, "outcome": "success", "stages": stages}])
        assert [rate.stage for rate in funnel] == names


def _row(outcome: str, *stages: float | None) -> dict[str, Any]:
    return {"task": "ThreadEyelet", "outcome": outcome, "stages": dict(zip(("pick", "thread"), stages, strict=True))}


def test_funnel_trusts_only_sound_episodes() -> None:
    rows = [_row("success", 1.0, 2.0), _row("failure", 1.0, None), _row("invalid", 1.0, 2.0)]
    rows += [{"task": "ThreadEyelet", "outcome": "crashed", "stages": None}]
    funnel = stage_funnel(rows)
    assert [(rate.stage, rate.reached.successes, rate.reached.trials) for rate in funnel] == [
        ("pick", 2, 4),
        ("thread", 1, 4),
    ]


def test_funnel_of_whole_shoes_counts_eyelets() -> None:
    rows = [{"task": "LaceShoe", "outcome": "failure", "eyelets_done": done} for done in (2, 6)]
    rows.append({"task": "LaceShoe", "outcome": "crashed", "eyelets_done": None})
    funnel = stage_funnel(rows)
    assert [rate.stage for rate in funnel] == [f"eyelet {number}" for number in range(1, 7)]
    assert [rate.reached.successes for rate in funnel] == [2, 2, 1, 1, 1, 1]
    assert funnel[0].reached.trials == 3
