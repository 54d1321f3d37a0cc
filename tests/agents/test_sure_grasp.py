"""Hands that take enough of an aglet between their pads."""

from typing import Any

import numpy as np
import pytest
import torch
from aglets import AROUND, N, behind_the_tip, beside_an_aglet, closing
from hypothesis import given
from hypothesis import strategies as st

from lacelab.agents.hands import matrices
from lacelab.agents.sure_grasp import BY_THE_BACK, BY_THE_TIP, about_to_pick, well_placed


@pytest.mark.parametrize(
    "along, backward, ends",
    [
        (0.001, True, BY_THE_TIP[0]),
        (0.012, True, BY_THE_TIP[1]),
        (0.016, False, BY_THE_BACK[0]),
        (0.025, False, BY_THE_BACK[1]),
    ],
)
def test_a_hand_that_has_too_little_of_an_aglet_goes_along_it(along: float, backward: bool, ends: float) -> None:
    seen, wanted = beside_an_aglet(along, backward), closing(0.01)
    actions = well_placed(seen, wanted)
    assert behind_the_tip(seen, actions) == pytest.approx(ends, abs=1e-6)
    np.testing.assert_array_equal(actions[:, 3:], wanted[:, 3:])


@given(st.floats(-0.001, 0.013), st.floats(-0.03, 0.03))
def test_wherever_it_is_it_ends_with_enough_and_goes_no_way_but_along(along: float, motion: float) -> None:
    seen, wanted = beside_an_aglet(along), closing(motion)
    ends = behind_the_tip(seen, wanted)
    lower, upper = BY_THE_TIP
    actions = well_placed(seen, wanted)
    if abs(ends - min(max(ends, lower), upper)) < 0.0059:
        assert lower - 1e-6 < behind_the_tip(seen, actions) < upper + 1e-6
    rotation = matrices(torch.from_numpy(seen["target_rotation"]))[0].numpy()
    sideways = (actions - wanted)[:, :3] @ rotation.T @ np.array([[-0.8, 0.0], [0.6, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(sideways, 0.0, atol=1e-6)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(beside_an_aglet(0.006), id="it has enough"),
        pytest.param(beside_an_aglet(0.021, backward=False), id="it has enough of the back"),
        pytest.param(beside_an_aglet(0.001, height=0.03), id="high above the mat"),
        pytest.param(beside_an_aglet(0.001, across=0.01), id="beside the aglet"),
        pytest.param(beside_an_aglet(0.05), id="at the lace"),
        pytest.param(beside_an_aglet(0.001, lies=0.01), id="the aglet lies on the shoe"),
        pytest.param(beside_an_aglet(0.001, opening=AROUND), id="it has closed"),
        pytest.param(beside_an_aglet(0.016), id="it would have to go too far"),
    ],
)
def test_other_hands_do_as_is_wanted(seen: dict[str, Any]) -> None:
    np.testing.assert_array_equal(well_placed(seen, closing(0.0)), closing(0.0))


def test_a_hand_that_does_not_close_may_be_anywhere() -> None:
    still = np.zeros((N, 14), np.float32)
    np.testing.assert_array_equal(well_placed(beside_an_aglet(0.001), still), still)


def test_which_hand_is_about_to_pick_what() -> None:
    assert about_to_pick(beside_an_aglet(0.004)) == [(0, 1)]
    assert about_to_pick(beside_an_aglet(0.004, opening=AROUND)) == []
