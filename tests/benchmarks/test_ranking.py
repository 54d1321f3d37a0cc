"""Rankings by two judgements."""

import numpy as np
import pytest

from lacelab.agents.exceptions import RunError
from lacelab.benchmarks.ranking import rank


def test_the_same_order_is_one_and_the_reverse_minus_one() -> None:
    values = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    assert rank(values, values).correlation == pytest.approx(1.0)
    assert rank(-values, np.exp(values)).correlation == pytest.approx(-1.0)


def test_chance_is_within_the_interval_of_nothing() -> None:
    numbers = np.random.default_rng(1)
    found = rank(*numbers.normal(size=(2, 400, 16)).astype(np.float32))
    assert found.low < 0.0 < found.high
    assert found.high - found.low < 0.1


def test_spreads_are_told_apart() -> None:
    values = np.array([[0.1, 0.3], [0.5, 0.7]], np.float32)
    found = rank(values, values)
    assert (found.spread_within, found.spread_between) == pytest.approx((0.1, 0.2))


def test_states_in_which_all_choices_are_worth_the_same_are_left_out() -> None:
    values = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    values[2] = 0.5
    found = rank(values, values)
    assert (found.states, found.correlation) == (4, pytest.approx(1.0))


def test_one_state_has_no_interval() -> None:
    values = np.array([[0.1, 0.3], [0.5, 0.5]], np.float32)
    with pytest.raises(RunError, match="told apart by both in 1 of 2 states; at least 2"):
        rank(values, values)
