"""Hands that come down around an aglet before they close."""

from typing import Any

import numpy as np
import pytest
from aglets import AROUND, N, behind_the_tip, beside_an_aglet, closing, left_hand_after
from hypothesis import given
from hypothesis import strategies as st

from lacelab.agents.sure_aim import brought_over
from lacelab.agents.sure_grasp import BY_THE_BACK, BY_THE_TIP, level_axis
from lacelab.agents.sure_release import OPEN, SHUT

AROUND_IT = 0.0025  # m from the tip up to a hand around its aglet


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


def test_a_hand_across_the_aglet_does_as_is_wanted() -> None:
    seen = beside_an_aglet(0.007, across=0.01)
    turned = seen["target_rotation"].copy()
    turned[0] = [*seen["target_rotation"][0, 3:], *-seen["target_rotation"][0, :3]]  # by a right angle
    np.testing.assert_array_equal(brought_over(seen | {"target_rotation": turned}, closing(0.0)), closing(0.0))


def test_a_hand_that_does_not_close_may_be_anywhere() -> None:
    still = np.zeros((N, 14), np.float32)
    np.testing.assert_array_equal(brought_over(beside_an_aglet(0.007, across=0.01), still), still)
