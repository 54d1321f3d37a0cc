"""Hands that wait before they close."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lacelab.agents.grip import Interlock, PatientGrip, patience, stopping_ticks
from lacelab.envs.deployment import GRIPPERS, Deployment
from lacelab.envs.spec import ACTION_SIZE

_SHARP = Deployment(latency=0, acceleration=2.0, jerk=4.0)
_USUAL = Deployment(latency=2)


def _actions(openings: list[float]) -> np.ndarray:
    actions = np.zeros((len(openings), ACTION_SIZE), np.float32)
    actions[:, GRIPPERS] = np.array(openings, np.float32)[:, None]
    return actions


def test_closing_waits_and_opening_does_not() -> None:
    grip = PatientGrip(4)
    told = grip(_actions([0.5, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 0.8, 0.8]))[:, 6]
    np.testing.assert_allclose(told, [0.5, 0.5, 0.5, 0.5, 0.5, -1.0, -1.0, 0.8, 0.8])


def test_it_remembers_from_chunk_to_chunk_until_a_reset() -> None:
    grip = PatientGrip(4)
    assert grip(_actions([0.5, -1.0]))[-1, 6] == np.float32(0.5)
    assert grip(_actions([-1.0, -1.0, -1.0, -1.0]))[:, 13].tolist() == [0.5, 0.5, 0.5, -1.0]
    grip.reset()
    assert grip(_actions([-1.0]))[0, 6] == np.float32(-1.0)


def test_it_waits_for_as_long_as_smoothing_takes() -> None:
    assert stopping_ticks(_SHARP) == 1  # 1 within the jerk bound: at rest in the first tick
    assert stopping_ticks(_USUAL) == 4
    assert stopping_ticks(Deployment(latency=0, acceleration=0.1, jerk=0.05)) == 11


def test_it_waits_until_the_next_chunk_agrees() -> None:
    """A chunk of 6 that wants to close from its third action on, and one that does not want to any more."""
    grip = PatientGrip(6)
    assert grip(_actions([0.5, 0.5, -1.0, -1.0, -1.0, -1.0])).min() == 0.0
    assert grip(_actions([-1.0, -1.0, -1.0, 0.5, 0.5, 0.5]))[:, 6].tolist() == [0.5, 0.5, -1.0, 0.5, 0.5, 0.5]


def test_how_long_it_waits() -> None:
    """Until a hand is at rest and the next chunk has been chosen; without a deployment mode not at all."""
    slow = Deployment(latency=0, acceleration=0.1, jerk=0.05)
    waits = {
        (deployment, executed): patience(deployment, executed)
        for deployment in (slow, _USUAL, None)
        for executed in (1, 8)
    }
    assert waits == {(slow, 1): 11, (slow, 8): 11, (_USUAL, 1): 4, (_USUAL, 8): 8, (None, 1): 0, (None, 8): 0}


def _both(left: list[float], right: list[float]) -> np.ndarray:
    actions = np.zeros((len(left), ACTION_SIZE), np.float32)
    actions[:, GRIPPERS] = np.array([left, right], np.float32).T
    return actions


def test_a_hand_opens_after_the_other_one_has_closed() -> None:
    """The right hand is told to close at tick 1 and does so at tick 5; the left one, told to open at tick 3, at tick 9."""
    told = _both([-1.0] * 3 + [0.4] * 9, [0.4] + [-1.0] * 11)
    left, right = Interlock(PatientGrip(4))(told)[:, GRIPPERS].T
    assert right.tolist() == [np.float32(0.4)] * 5 + [-1.0] * 7
    assert left.tolist() == [-1.0] * 8 + [np.float32(0.4)] * 4
    early, _ = PatientGrip(4)(told)[:, GRIPPERS].T
    assert early.tolist() == told[:, GRIPPERS][:, 0].tolist()


def test_jitter_of_one_hand_does_not_hold_the_other() -> None:
    jitter = np.random.default_rng(0).normal(0.45, 0.01, 40).tolist()
    told = _both([-1.0] * 20 + [0.4] * 20, jitter)
    left = Interlock(PatientGrip(8))(told)[:, GRIPPERS][:, 0]
    assert left.tolist() == told[:, GRIPPERS][:, 0].tolist()


def test_a_hand_whose_neighbour_has_changed_its_mind_is_free() -> None:
    grip = Interlock(PatientGrip(4))
    grip(_both([-1.0, -1.0], [0.4, -1.0]))
    freed = grip(_both([0.4] * 6, [0.4] * 6))[:, GRIPPERS][:, 0]
    assert freed.tolist() == [-1.0] * 3 + [np.float32(0.4)] * 3
    grip.reset()
    assert grip(_both([0.4], [-1.0]))[0, 6] == np.float32(0.4)  # nothing was sent yet that it could hold


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20), st.lists(st.floats(-1, 1), min_size=20, max_size=20))
def test_an_interlock_opens_no_hand_and_moves_none(left: list[float], right: list[float]) -> None:
    actions = _both(left, right[: len(left)])
    guarded, patient = Interlock(PatientGrip(4))(actions), PatientGrip(4)(actions)
    assert (guarded[:, GRIPPERS] <= patient[:, GRIPPERS]).all()
    np.testing.assert_array_equal(guarded[:, ~GRIPPERS], actions[:, ~GRIPPERS])
    np.testing.assert_array_equal(Interlock(PatientGrip(0))(actions), actions)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_no_hand_closes_further_than_it_is_told_and_motions_pass(openings: list[float]) -> None:
    actions = _actions(openings)
    actions[:, 0] = 0.3
    patient = PatientGrip(4)(actions)
    assert (patient[:, GRIPPERS] >= actions[:, GRIPPERS]).all()
    np.testing.assert_array_equal(patient[:, ~GRIPPERS], actions[:, ~GRIPPERS])
    np.testing.assert_array_equal(PatientGrip(0)(actions), actions)
