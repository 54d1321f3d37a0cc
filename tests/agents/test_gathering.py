"""A lace whose aglet lies in the shoe."""

from typing import Any

import numpy as np
import pytest
from observations import states

from lacelab.agents.gathering import asked_for, clear_of_the_flaps, gathered, in_the_shoe
from lacelab.agents.sure_release import OPEN, SHUT
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.language import encode
from lacelab.envs.spec import LACE_POINTS

SOLE = TABLE_HEIGHT + 0.0095
FLAPS = [[[x, y, TABLE_HEIGHT + 0.06] for x in (0.36, 0.34, 0.32)] for y in (0.045, -0.045)]


def _seen(side: float = 1.0, height: float = SOLE, opening: float = 0.02) -> dict[str, Any]:
    """Return what is seen where the left lace lies in the shoe and makes a loop at its heel, on some side."""
    seen = {name: values[0].numpy() for name, values in states(1).items()}
    points = np.full((2, LACE_POINTS, 3), TABLE_HEIGHT)
    points[0, -6:] = [
        [0.31, 0.0, SOLE],
        [0.28, 0.01, SOLE],
        [0.26, 0.02, SOLE],
        [0.27, 0.05, SOLE],
        [0.30, 0.05, SOLE],
        [0.32, 0.05, height],
    ]
    points[..., 1] *= side
    hands = np.array([[0.3, 0.17, TABLE_HEIGHT + 0.1], [0.3, -0.17, TABLE_HEIGHT + 0.1]])
    tips = np.array([points[0, -1], [0.3, -0.17, TABLE_HEIGHT + 0.0015]])
    if opening < 0.02:
        tips[1] = hands[1]
    new = {"lace_points": points, "aglet_position": tips, "target_position": hands, "eyelet_position": np.array(FLAPS)}
    return (
        seen
        | {name: values.astype(np.float32) for name, values in new.items()}
        | {"gripper_opening": np.array([0.02, opening], np.float32)}
    )


@pytest.mark.parametrize(
    ("seen", "lace"),
    [
        pytest.param(_seen(), 0, id="on the sole"),
        pytest.param(_seen(height=TABLE_HEIGHT + 0.0015), None, id="on the mat"),
        pytest.param(_seen(height=TABLE_HEIGHT + 0.05), None, id="it hangs"),
        pytest.param(_seen(opening=0.003), None, id="a hand holds the other lace"),
    ],
)
def test_an_aglet_lies_in_the_shoe_by_its_height_while_hands_are_empty(seen: dict[str, Any], lace: int | None) -> None:
    assert in_the_shoe(seen) == lace


def test_its_lace_is_taken_where_it_is_farthest_from_the_eyelets() -> None:
    point, along = clear_of_the_flaps(_seen(), 0)
    np.testing.assert_allclose(point, [0.26, 0.02, SOLE], atol=1e-6)
    np.testing.assert_allclose(along, [-0.01, 0.04, 0.0], atol=1e-6)


@pytest.mark.parametrize("hand", [0, 1])
def test_by_the_hand_on_whose_side_that_is(hand: int) -> None:
    seen = _seen(side=1.0 - 2.0 * hand)
    assert gathered(seen, 0, 1 - hand) == []
    legs = gathered(seen, 0, hand)
    assert [leg.gripper for leg in legs] == [OPEN] * 5 + [SHUT] * 2
    low = legs[-2].goal
    np.testing.assert_allclose(low.position, [0.26, 0.02 - 0.04 * hand, SOLE + 0.003], atol=1e-6)
    assert legs[-1].goal.position[2] == pytest.approx(TABLE_HEIGHT + 0.15)


@pytest.mark.parametrize("hand", [0, 1])
def test_fingers_close_across_the_lace_as_far_as_the_wrist_turns(hand: int) -> None:
    low = gathered(_seen(side=1.0 - 2.0 * hand), 0, hand)[-2].goal
    heading = np.degrees(np.arctan2(low.rotation[1, 0], low.rotation[0, 0]))
    lace = np.degrees(np.arctan2(-0.04, 0.01))
    assert abs(heading) <= 85.0 + 1e-6
    assert heading == pytest.approx((1 - 2 * hand) * lace, abs=1e-3)


@pytest.mark.parametrize(
    ("sentence", "lace"),
    [
        ("thread the left lace through the second hole on the right", 0),
        ("thread the right lace through the first hole on the right", 1),
        ("lace the shoe", None),
    ],
)
def test_the_instruction_names_a_lace_or_none(sentence: str, lace: int | None) -> None:
    assert asked_for({"instruction": encode(sentence)}) == lace
