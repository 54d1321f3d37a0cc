"""What a row of GR-RL's table gains over another."""

import pytest
from funnels import rows
from scipy.stats import binomtest

from lacelab.benchmarks.gr_rl_steps import as_json, holm, pairs_needed, steps_up, successes_needed
from lacelab.benchmarks.power import power_of_pairs
from lacelab.benchmarks.statistics import McNemar


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])


def test_steps_count_pairs_that_differ() -> None:
    step, *rest = steps_up({"cloned": {"s0": rows("0000000011")}, "filtered": {"s0": rows("1111111101")}})
    assert rest == []
    assert (step.only_before, step.only_after) == (1, 8)
    assert step.difference == pytest.approx(0.7)
    assert step.p_value == pytest.approx(2 * (1 + 9) / 2**9)  # Two-sided binomial of 1 in 9.
    assert step.low < 0.7 < step.high


def test_a_gain_is_beside_the_pairs_that_would_show_it() -> None:
    [step] = steps_up({"cloned": {"s0": rows("0000000011")}, "filtered": {"s0": rows("1111111101")}})
    assert step.pairs == 10
    assert step.pairs_needed is not None
    assert (
        power_of_pairs(0.1, 0.8, step.pairs_needed, 0.01) >= 0.8 > power_of_pairs(0.1, 0.8, step.pairs_needed - 1, 0.01)
    )


@pytest.mark.parametrize("only_before, only_after", [(3, 3), (4, 3), (0, 0), (500, 501)])
def test_what_gains_nothing_or_hardly_anything_needs_no_number_of_pairs(only_before: int, only_after: int) -> None:
    assert pairs_needed(McNemar(1000, only_before, only_after, 100, 1.0)) is None


def test_successes_that_would_be_enough() -> None:
    none_before = McNemar(0, 0, 0, 20, 1.0)
    assert successes_needed(none_before) == 10  # 2 / 2^10 is below 0.01 / 3, and 2 / 2^9 is not
    assert successes_needed(McNemar(16, 0, 0, 4, 1.0)) is None  # four gains are never significant
    first, pairs = 550, 600
    needed = successes_needed(McNemar(first, 0, 0, pairs - first, 1.0))
    assert needed is not None and first < needed < pairs
    for after, enough in ((needed, True), (needed - 1, False)):
        lost, gained = round(first * (pairs - after) / pairs), round((pairs - first) * after / pairs)
        assert (binomtest(lost, lost + gained).pvalue < 0.01 / 3) == enough


def test_every_row_is_compared_with_the_one_that_it_stands_on() -> None:
    found = steps_up({name: {"s0": rows("01")} for name in ("cloned", "filtered", "mirrored", "steered", "selected")})
    assert [step.name for step in found] == [
        "cloned -> filtered",
        "filtered -> mirrored",
        "mirrored -> steered",
        "mirrored -> selected",
    ]
    assert [step.name for step in steps_up({"mirrored": {"s0": rows("01")}, "selected": {"s0": rows("11")}})] == [
        "mirrored -> selected"
    ]


def test_steps_take_the_training_runs_that_both_rows_have() -> None:
    cloned = {"s0": rows("0001"), "s1": rows("0000")}
    [step] = steps_up({"cloned": cloned, "filtered": {"s1": rows("0111"), "s2": rows("1111")}})
    assert (step.runs, step.only_before, step.only_after) == (1, 0, 3)
    [step] = steps_up({"cloned": cloned, "filtered": {"s1": rows("0111"), "s0": rows("1110")}})
    assert (step.runs, step.only_before, step.only_after) == (2, 1, 6)
    assert steps_up({"cloned": {"s0": rows("01")}, "filtered": {"s1": rows("11")}}) == []


def test_every_training_run_is_reported_beside_the_pool() -> None:
    entry = as_json({"cloned": {"s0": rows("0011"), "s1": rows("0111")}})["rows"]["cloned"]
    assert entry["episodes"] == 8
    assert entry["funnel"]["pull"]["successes"] == 5
    assert {run: found["successes"] for run, found in entry["success"].items()} == {"s0": 2, "s1": 3}
