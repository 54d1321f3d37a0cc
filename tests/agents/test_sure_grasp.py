"""Hands that take enough of an aglet between their pads."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from observations import states

from lacelab.agents.hands import advanced, matrices
from lacelab.agents.sure_grasp import BY_THE_BACK, BY_THE_TIP, about_to_pick, level_axis, well_placed
from lacelab.envs.entities.arena import TABLE_HEIGHT

OPEN, AROUND = 0.02, 0.003  # m between pads
N = 8


def _seen(
    along: float,
    backward: bool = True,
    opening: float = OPEN,
    across: float = 0.001,
    height: float = 0.004,
    lies: float = 0.0015,
) -> dict[str, Any]:
    """Return what is seen where the left hand is some way behind the tip of the right lace, and the right hand far away.

    The hand points against the aglet (`backward`), or with it.
    """
    seen = {name: values[0].numpy() for name, values in states(1).items()}
    axis = np.array([0.6, 0.8, 0.0])
    tip = np.array([0.3, 0.1, TABLE_HEIGHT + lies])
    hand = tip - along * axis + across * np.array([-0.8, 0.6, 0.0])
    hand[2] = TABLE_HEIGHT + height
    x = -axis if backward else axis
    rotation = np.concatenate([x, np.cross([0.0, 0.0, 1.0], x)])
    return seen | {
        "target_position": np.array([hand, [0.3, -0.3, hand[2]]], np.float32),
        "target_rotation": np.array([rotation, rotation], np.float32),
        "aglet_position": np.array([[1.0, 1.0, tip[2]], tip], np.float32),
        "aglet_axis": np.array([[1.0, 0.0, 0.0], axis], np.float32),
        "gripper_opening": np.array([opening, OPEN], np.float32),
    }


def _closing(motion: float = 0.02) -> np.ndarray:
    """Return actions of hands that move on, and close towards the end."""
    actions = np.zeros((N, 14), np.float32)
    actions[:, :3] = actions[:, 7:10] = motion
    actions[5:, [6, 13]] = -1.0
    return actions


def _behind_the_tip(seen: dict[str, Any], actions: np.ndarray) -> float:
    """Return how far behind the tip, along the aglet, actions end [m]."""
    rotation = matrices(torch.from_numpy(seen["target_rotation"]))[None].double()
    position = torch.from_numpy(seen["target_position"])[None].double()
    end = advanced(position, rotation, torch.from_numpy(actions)[None].double())[0][0, 0].numpy()
    return float(level_axis(seen, 1) @ (seen["aglet_position"][1] - end))


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
    seen, wanted = _seen(along, backward), _closing(0.01)
    actions = well_placed(seen, wanted)
    assert _behind_the_tip(seen, actions) == pytest.approx(ends, abs=1e-6)
    np.testing.assert_array_equal(actions[:, 3:], wanted[:, 3:])


@given(st.floats(-0.001, 0.013), st.floats(-0.03, 0.03))
def test_wherever_it_is_it_ends_with_enough_and_goes_no_way_but_along(along: float, motion: float) -> None:
    seen, wanted = _seen(along), _closing(motion)
    ends = _behind_the_tip(seen, wanted)
    lower, upper = BY_THE_TIP
    actions = well_placed(seen, wanted)
    if abs(ends - min(max(ends, lower), upper)) < 0.0059:
        assert lower - 1e-6 < _behind_the_tip(seen, actions) < upper + 1e-6
    rotation = matrices(torch.from_numpy(seen["target_rotation"]))[0].numpy()
    sideways = (actions - wanted)[:, :3] @ rotation.T @ np.array([[-0.8, 0.0], [0.6, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(sideways, 0.0, atol=1e-6)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(_seen(0.006), id="it has enough"),
        pytest.param(_seen(0.021, backward=False), id="it has enough of the back"),
        pytest.param(_seen(0.001, height=0.03), id="high above the mat"),
        pytest.param(_seen(0.001, across=0.01), id="beside the aglet"),
        pytest.param(_seen(0.05), id="at the lace"),
        pytest.param(_seen(0.001, lies=0.01), id="the aglet lies on the shoe"),
        pytest.param(_seen(0.001, opening=AROUND), id="it has closed"),
        pytest.param(_seen(0.016), id="it would have to go too far"),
    ],
)
def test_other_hands_do_as_is_wanted(seen: dict[str, Any]) -> None:
    np.testing.assert_array_equal(well_placed(seen, _closing(0.0)), _closing(0.0))


def test_a_hand_that_does_not_close_may_be_anywhere() -> None:
    still = np.zeros((N, 14), np.float32)
    np.testing.assert_array_equal(well_placed(_seen(0.001), still), still)


def test_which_hand_is_about_to_pick_what() -> None:
    assert about_to_pick(_seen(0.004)) == [(0, 1)]
    assert about_to_pick(_seen(0.004, opening=AROUND)) == []
