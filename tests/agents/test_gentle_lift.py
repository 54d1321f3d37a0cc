"""Hands that lift slowly."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from observations import states

from lacelab.agents.gentle_lift import SLOWLY, lifted_slowly
from lacelab.envs.entities.arena import TABLE_HEIGHT

HOLDS, EMPTY, WIDE = 0.003, 0.0, 0.02  # m between pads
DOWNWARD = np.array([1.0, 0.0, 0.0, 0.0, -1.0, 0.0], np.float32)  # a tool whose z points to the mat
LEVEL = np.array([1.0, 0.0, 0.0, 0.0, 0.0, -1.0], np.float32)  # a tool whose y points to the mat


def _seen(
    opening: float = HOLDS, height: float = 0.01, gap: float = 0.002, rotation: np.ndarray = DOWNWARD
) -> dict[str, Any]:
    """Return what is seen where the right lace ends beside the left hand, and the right hand is empty and far away."""
    seen = {name: values[0].numpy() for name, values in states(1).items()}
    hand = np.array([0.3, 0.1, TABLE_HEIGHT + height], np.float32)
    laces = np.array([[1.0, 1.0, 1.0], hand + np.array([gap, 0.0, 0.0], np.float32)], np.float32)
    return seen | {
        "target_position": np.array([hand, [0.3, -0.3, hand[2]]], np.float32),
        "target_rotation": np.array([rotation, DOWNWARD], np.float32),
        "aglet_position": laces,
        "lace_points": np.repeat(laces[:, None], seen["lace_points"].shape[1], axis=1),
        "gripper_opening": np.array([opening, WIDE], np.float32),
    }


def _moving(axis: int = 2, by: float = -0.8) -> np.ndarray:
    """Return actions of closed hands that turn, and move along one of their own axes."""
    actions = np.full((8, 14), 0.1, np.float32)
    actions[:, [axis, 7 + axis]] = by
    actions[:, [6, 13]] = -1.0
    return actions


@pytest.mark.parametrize("rotation, axis", [(DOWNWARD, 2), (LEVEL, 1)])
def test_a_hand_that_goes_up_with_a_lace_goes_slowly_and_the_other_one_as_it_wants(
    rotation: np.ndarray, axis: int
) -> None:
    wanted = _moving(axis)
    actions = lifted_slowly(_seen(rotation=rotation), wanted)
    np.testing.assert_allclose(actions[:, :6], SLOWLY * wanted[:, :6])
    np.testing.assert_array_equal(actions[:, 6:], wanted[:, 6:])
    np.testing.assert_array_equal(wanted, _moving(axis))  # what was wanted is not written over


@pytest.mark.parametrize(
    "seen, wanted",
    [
        pytest.param(_seen(), _moving(by=0.8), id="it goes down"),
        pytest.param(
            _seen(), _moving(axis=0, by=0.8) * ([1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0] * 2), id="it goes along the mat"
        ),
        pytest.param(_seen(height=0.06), _moving(), id="it is up already"),
        pytest.param(_seen(opening=EMPTY), _moving(), id="it holds nothing"),
        pytest.param(_seen(opening=WIDE), _moving(), id="it is open"),
        pytest.param(_seen(gap=0.03), _moving(), id="the lace is elsewhere"),
    ],
)
def test_other_hands_do_as_is_wanted(seen: dict[str, Any], wanted: np.ndarray) -> None:
    np.testing.assert_array_equal(lifted_slowly(seen, wanted.astype(np.float32)), wanted.astype(np.float32))


@given(st.floats(-0.01, 0.1), st.floats(-1.0, 1.0, width=32, allow_subnormal=False))
def test_nothing_is_ever_made_faster(height: float, by: float) -> None:
    wanted = _moving(by=by)
    actions = lifted_slowly(_seen(height=height), wanted)
    assert (np.abs(actions) <= np.abs(wanted)).all()
    assert (np.sign(actions) == np.sign(wanted)).all()
