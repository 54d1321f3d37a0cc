"""Hindsight failures, rewards and discounts."""

import numpy as np
import pytest

from lacelab.agents.returns import ENDLESS, GAMMA, Visits, rewards_and_discounts, visits

STARTS = np.array([0, 4, 10])


def test_every_frame_is_visited_once_where_nobody_started_over() -> None:
    got = visits(STARTS, [True, False], [[], []], [0, 1])
    assert got.frame.tolist() == list(range(10))
    assert got.end.tolist() == [4] * 4 + [10] * 6
    assert got.success.tolist() == [1.0] * 4 + [0.0] * 6


def test_prefixes_of_keyframes_are_failures() -> None:
    got = visits(STARTS, [True, True], [[], [2, 5]], [1])
    assert got.frame.tolist() == [4, 5, 6, 7, 8, 9, 4, 5, 4, 5, 6, 7, 8]
    assert got.end.tolist() == [10] * 6 + [6] * 2 + [9] * 5
    assert got.success.tolist() == [1.0] * 6 + [0.0] * 7
    chosen = got.at(np.array([7, 0]))
    assert (chosen.frame.tolist(), chosen.end.tolist(), chosen.success.tolist()) == ([5, 4], [6, 10], [0.0, 1.0])


@pytest.mark.parametrize("marks", [[0], [6], [-1, 7], [99]])
def test_keyframes_that_leave_no_prefix_are_none(marks: list[int]) -> None:
    assert len(visits(STARTS, [True, True], [[], marks], [1]).frame) == 6


def test_a_keyframe_named_twice_counts_once() -> None:
    assert len(visits(STARTS, [True, True], [[], [3, 3]], [1]).frame) == 9


def test_rewards_come_in_the_last_steps_only() -> None:
    frame = np.arange(5)
    reward, discount = rewards_and_discounts(Visits(frame, np.full(5, 5), np.ones(5, np.float32)), 2, gamma=0.5)
    assert reward.tolist() == [0.0, 0.0, 0.0, 0.5, 1.0]
    assert discount.tolist() == [0.25, 0.25, 0.25, 0.0, 0.0]
    failed, later = rewards_and_discounts(Visits(frame, np.full(5, 5), np.zeros(5, np.float32)), 2, gamma=0.5)
    assert not failed.any() and later.tolist() == discount.tolist()


@pytest.mark.parametrize("chunk", [1, 3, 8])
def test_chunked_backups_give_powers_of_gamma(chunk: int) -> None:
    """Solved backwards, the value at t is gamma^(T - t), whatever the chunk."""
    length = 20
    chosen = Visits(np.arange(length), np.full(length, length), np.ones(length, np.float32))
    reward, discount = rewards_and_discounts(chosen, chunk)
    value = np.zeros(length + chunk)
    for t in reversed(range(length)):
        value[t] = reward[t] + discount[t] * value[t + chunk]
    np.testing.assert_allclose(value[:length], GAMMA ** (length - 1.0 - np.arange(length)), rtol=1e-6)


def test_the_return_of_an_endless_chunk_is_the_outcome() -> None:
    """Without discount, and with nothing left to back up."""
    success = np.array([1.0, 1.0, 0.0], np.float32)
    reward, discount = rewards_and_discounts(Visits(np.array([0, 7, 9]), np.array([8, 8, 20]), success), ENDLESS, 1.0)
    assert reward.tolist() == success.tolist() and not discount.any()
