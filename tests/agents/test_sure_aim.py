"""Hands that come down around an aglet before they close."""

from typing import Any

import numpy as np
import pytest
import torch
from aglets import AROUND, N, behind_the_tip, beside_an_aglet, closing, left_hand_after, rotation_after
from hypothesis import given
from hypothesis import strategies as st

from lacelab.agents.hands import matrices
from lacelab.agents.route import resting
from lacelab.agents.sure_aim import SureAim
from lacelab.agents.sure_grasp import BY_THE_BACK, BY_THE_TIP, level_axis
from lacelab.agents.sure_release import OPEN, SHUT

AROUND_IT = 0.0025  # m from the tip up to a hand around its aglet


def brought_over(seen: dict[str, Any], wanted: np.ndarray) -> np.ndarray:
    return SureAim()(seen, wanted)


def _turned(seen: dict[str, Any], angle: float) -> dict[str, Any]:
    """Return what is seen with the left hand turned about the vertical by an angle [rad]."""
    turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
    rotations = seen["target_rotation"].copy()
    rotations[0] = (rotations[0].reshape(2, 3) @ turn.T).ravel()
    return seen | {"target_rotation": rotations}


def _heading(seen: dict[str, Any], actions: np.ndarray) -> np.ndarray:
    """Return the direction of the left hand, (3,), after actions."""
    return rotation_after(seen, actions)[:, 0]


def _is_around(seen: dict[str, Any], actions: np.ndarray, backward: bool) -> bool:
    """Return whether actions end where the left hand has the right aglet between its pads."""
    end, axis = left_hand_after(seen, actions), level_axis(seen, 1)
    away = seen["aglet_position"][1] - end
    across = np.linalg.norm((away - (axis @ away) * axis)[:2])
    lower, upper = BY_THE_TIP if backward else BY_THE_BACK
    return bool(
        across < 1e-5
        and abs(-away[2] - AROUND_IT) < 1e-5
        and lower - 1e-5 < behind_the_tip(seen, actions) < upper + 1e-5
    )


@given(
    st.booleans(), st.sampled_from([-1.0, 1.0]), st.floats(0.004, 0.02), st.floats(-0.01, 0.01), st.floats(0.0, 0.02)
)
def test_a_hand_beside_an_aglet_comes_down_around_it(
    backward: bool, side: float, across: float, along: float, height: float
) -> None:
    seen = beside_an_aglet(along + (0.007 if backward else 0.02), backward, across=side * across, height=height)
    actions = brought_over(seen, closing(0.0))
    assert _is_around(seen, actions, backward)
    assert (actions[:, 6] == np.float32(OPEN)).all()
    assert (np.abs(actions) <= 1.0).all()
    np.testing.assert_array_equal(actions[:, 7:], closing(0.0)[:, 7:])


def test_it_rises_on_its_way_so_that_it_pushes_nothing_aside() -> None:
    seen = beside_an_aglet(0.007, across=0.01)
    actions = brought_over(seen, closing(0.0))
    heights = [left_hand_after(seen, actions[: i + 1])[2] for i in range(N)]
    assert max(heights) > seen["target_position"][0, 2] + 0.013


def test_a_hand_that_has_the_aglet_and_would_move_off_it_stays_and_closes() -> None:
    seen = beside_an_aglet(0.007, across=0.0)
    wanted = closing(0.0)
    wanted[:, 1] = 0.06  # 6 mm across
    actions = brought_over(seen, wanted)
    assert _is_around(seen, actions, backward=True)
    np.testing.assert_array_equal(actions[:, 6], wanted[:, 6])
    assert actions[-1, 6] == SHUT


def test_a_hand_that_would_close_above_an_aglet_comes_down() -> None:
    seen = beside_an_aglet(0.007, height=0.012)
    assert _is_around(seen, brought_over(seen, closing(0.0)), backward=True)


def test_a_hand_that_would_close_in_front_of_an_aglet_goes_back() -> None:
    seen = beside_an_aglet(-0.002, across=0.0)
    assert _is_around(seen, brought_over(seen, closing(0.0)), backward=True)


def test_so_it_does_where_the_aglet_lies_on_the_sole() -> None:
    seen = beside_an_aglet(0.007, across=0.01, lies=0.0095, height=0.012)
    assert _is_around(seen, brought_over(seen, closing(0.0)), backward=True)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(beside_an_aglet(0.007), id="it has the aglet"),
        pytest.param(beside_an_aglet(0.02, backward=False), id="it has its back"),
        pytest.param(beside_an_aglet(0.007, across=0.03), id="the aglet is far away"),
        pytest.param(beside_an_aglet(0.06, across=0.01), id="it is at the lace"),
        pytest.param(beside_an_aglet(0.007, across=0.01, height=0.04), id="it is high above the mat"),
        pytest.param(beside_an_aglet(0.007, across=0.01, lies=0.05), id="the lace is held or hangs"),
        pytest.param(beside_an_aglet(0.007, across=0.01, opening=AROUND), id="it has closed"),
    ],
)
def test_other_hands_do_as_is_wanted(seen: dict[str, Any]) -> None:
    np.testing.assert_array_equal(brought_over(seen, closing(0.0)), closing(0.0))


@given(st.booleans(), st.floats(0.8, 1.15), st.sampled_from([-1.0, 1.0]), st.floats(-0.01, 0.01))
def test_a_hand_across_the_aglet_turns_and_comes_down_around_it(
    backward: bool, angle: float, way: float, across: float
) -> None:
    straight = beside_an_aglet(0.007 if backward else 0.02, backward, across=across, height=0.01)
    seen = _turned(straight, way * angle)
    actions = brought_over(seen, closing(0.0))
    assert _is_around(seen, actions, backward)
    np.testing.assert_allclose(
        _heading(seen, actions), matrices(torch.from_numpy(straight["target_rotation"]))[0, :, 0], atol=1e-5
    )
    assert (np.abs(actions) <= 1.0).all()


def test_it_turns_no_faster_than_hands_turn_and_the_way_that_suits_its_wrist() -> None:
    straight = beside_an_aglet(0.007, across=0.01)
    for angle in (89.0, 112.0):  # the shorter way would be the other one
        actions = brought_over(_turned(straight, np.radians(angle)), closing(0.0))
        np.testing.assert_allclose(np.linalg.norm(actions[:, 3:6], axis=1), 1.0, atol=1e-5)
        left = _heading(_turned(straight, np.radians(angle)), actions) @ _heading(straight, closing(0.0))
        assert np.degrees(np.arccos(left)) == pytest.approx(angle - np.degrees(8 * 0.15), abs=0.1)


def test_it_turns_no_further_than_its_wrist_does() -> None:
    seen = beside_an_aglet(0.007, across=-0.01)
    across = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0]], np.float32)  # 90 degrees from where the hand points
    actions = brought_over(seen | {"aglet_axis": across}, closing(0.0))
    heading = _heading(seen, actions)
    off = np.degrees(np.arctan2(heading[1], heading[0])) + 35.0
    assert abs(off) == pytest.approx(50.0, abs=0.1)


def test_a_hand_that_is_a_little_askew_closes() -> None:
    seen = _turned(beside_an_aglet(0.007), 0.7)
    np.testing.assert_array_equal(brought_over(seen, closing(0.0)), closing(0.0))


def test_what_has_been_brought_over_looks_once_more_and_closes_for_two_chunks() -> None:
    aim, beside, around = SureAim(), beside_an_aglet(0.007, across=0.01), beside_an_aglet(0.007)
    opens = np.full((N, 14), 0.5, np.float32)
    assert aim(beside, closing(0.0))[-1, 6] == np.float32(OPEN)
    for _ in range(2):
        actions = aim(around, opens)
        np.testing.assert_array_equal(actions[:, :7], resting(N, SHUT))
        np.testing.assert_array_equal(actions[:, 7:], opens[:, 7:])
    np.testing.assert_array_equal(aim(around, opens), opens)
    assert aim.aims == 1


def test_who_misses_three_times_in_a_row_leaves_it_to_the_policy() -> None:
    aim, beside, opens = SureAim(), beside_an_aglet(0.007, across=0.01), np.full((N, 14), 0.5, np.float32)
    aim(beside, closing(0.0))
    for _ in range(2):
        assert not np.array_equal(aim(beside, opens), opens)
    np.testing.assert_array_equal(aim(beside, opens), opens)
    np.testing.assert_array_equal(aim(beside, opens), opens)
    assert aim.aims == 3


def test_what_was_given_up_is_the_policys_until_the_hand_has_risen() -> None:
    aim, beside, closes = SureAim(), beside_an_aglet(0.007, across=0.01), closing(0.0)
    looks = [aim(beside, closes) for _ in range(6)]
    assert [np.array_equal(look, closes) for look in looks] == [False] * 3 + [True] * 3
    np.testing.assert_array_equal(aim(beside_an_aglet(0.007, across=0.01, height=0.04), closes), closes)
    assert not np.array_equal(aim(beside, closes), closes)
    assert aim.aims == 4


def test_where_the_hand_is_held_back_every_time_it_closes_it_gives_up_as_well() -> None:
    aim, closes = SureAim(), closing(0.0)
    beside, around = beside_an_aglet(0.007, across=0.01), beside_an_aglet(0.006)
    opened = [aim(look, closes)[-1, 6] == np.float32(OPEN) for look in [beside, around] * 4]
    assert opened == [True, False] * 3 + [False] * 2
    assert aim.aims == 3


def test_what_moves_while_the_hand_closes_is_looked_at_again() -> None:
    aim, beside, opens = SureAim(), beside_an_aglet(0.007, across=0.01), np.full((N, 14), 0.5, np.float32)
    aim(beside, closing(0.0))
    aim(beside_an_aglet(0.007), opens)
    assert aim(beside, opens)[-1, 6] == np.float32(OPEN)
    np.testing.assert_array_equal(aim(beside_an_aglet(0.2), opens), opens)  # it is gone
    np.testing.assert_array_equal(aim(beside_an_aglet(0.007), opens), opens)


def test_a_hand_around_one_aglet_stays_there_though_the_other_one_is_beside_it() -> None:
    seen = beside_an_aglet(0.007)
    seen["aglet_position"][0] = seen["aglet_position"][1] + 0.018 * np.array([0.6, 0.8, 0.0], np.float32)
    seen["aglet_axis"][0] = seen["aglet_axis"][1]
    np.testing.assert_array_equal(brought_over(seen, closing(0.0)), closing(0.0))


def test_an_episode_that_begins_anew_has_brought_nothing_over() -> None:
    aim, beside, opens = SureAim(), beside_an_aglet(0.007, across=0.01), np.full((N, 14), 0.5, np.float32)
    aim(beside, closing(0.0))
    aim.again()
    np.testing.assert_array_equal(aim(beside, opens), opens)
    assert aim.aims == 1
    aim.reset()
    assert aim.aims == 0


def test_a_hand_that_does_not_close_may_be_anywhere() -> None:
    still = np.zeros((N, 14), np.float32)
    np.testing.assert_array_equal(brought_over(beside_an_aglet(0.007, across=0.01), still), still)
