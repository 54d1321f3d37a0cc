"""A lace whose aglet lies in the shoe."""

from typing import Any

import numpy as np
import pytest
from observations import states

from lacelab.agents.gathering import asked_for, clear_of_the_flaps, gathered, in_the_shoe
from lacelab.agents.grip import interlocked
from lacelab.agents.learned import EXECUTED
from lacelab.agents.route import Route
from lacelab.agents.sure_release import OPEN, SHUT
from lacelab.envs.deployment import Deployment
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
    ("seen", "lies"),
    [
        pytest.param(_seen(), True, id="on the sole"),
        pytest.param(_seen(height=TABLE_HEIGHT + 0.0015), False, id="on the mat"),
        pytest.param(_seen(height=TABLE_HEIGHT + 0.05), False, id="it hangs"),
        pytest.param(_seen(opening=0.003), False, id="a hand holds the other lace"),
        pytest.param(
            _seen() | {"instruction": encode("pick up the right lace")}, False, id="the other lace is asked for"
        ),
        pytest.param(_seen() | {"instruction": encode("lace the shoe")}, False, id="no lace is asked for"),
    ],
)
def test_an_aglet_lies_in_the_shoe_by_its_height_while_hands_are_empty(seen: dict[str, Any], lies: bool) -> None:
    assert in_the_shoe(seen) == lies


def test_its_lace_is_taken_near_the_aglet_where_there_is_room_beside_the_eyelets() -> None:
    point, along = clear_of_the_flaps(_seen(), 0)
    np.testing.assert_allclose(point, [0.27, 0.05, SOLE], atol=1e-6)  # 5 cm from the last one
    np.testing.assert_allclose(along, [0.04, 0.03, 0.0], atol=1e-6)


def test_it_is_taken_elsewhere_at_every_attempt() -> None:
    points = [clear_of_the_flaps(_seen(), 0, attempt)[0] for attempt in range(4)]
    np.testing.assert_allclose(points[1], [0.26, 0.02, SOLE], atol=1e-6)
    np.testing.assert_allclose(points[2], [0.28, 0.01, SOLE], atol=1e-6)
    np.testing.assert_array_equal(points[3], points[0])


def test_or_where_there_is_most() -> None:
    seen = _seen()
    seen["eyelet_position"][..., 0] -= 0.06  # between 0.26 and 0.30
    point, _ = clear_of_the_flaps(seen, 0)
    np.testing.assert_allclose(point, [0.31, 0.0, SOLE], atol=1e-6)


@pytest.mark.parametrize("hand", [0, 1])
def test_by_the_hand_on_whose_side_that_is(hand: int) -> None:
    seen = _seen(side=1.0 - 2.0 * hand)
    assert gathered(seen, 0, 1 - hand) == []
    legs = gathered(seen, 0, hand)
    assert [leg.gripper for leg in legs] == [OPEN] * 5 + [SHUT] * 2
    low = legs[-2].goal
    np.testing.assert_allclose(low.position, [0.27, 0.05 - 0.1 * hand, SOLE + 0.001], atol=1e-6)
    assert legs[-1].goal.position[2] == pytest.approx(TABLE_HEIGHT + 0.17)


@pytest.mark.parametrize("hand", [0, 1])
@pytest.mark.parametrize(
    ("along", "heading"), [((0.04, -0.03), -36.9), ((-0.04, 0.03), -36.9), ((0.04, 0.04), 0.0), ((0.0, 0.04), -70.0)]
)
def test_fingers_close_across_the_lace_as_far_as_the_wrist_turns(
    hand: int, along: tuple[float, float], heading: float
) -> None:
    seen = _seen(side=1.0)
    seen["lace_points"][0, -4] = seen["lace_points"][0, -2] - np.array([*along, 0.0], np.float32)
    seen["lace_points"][..., 1] *= 1 - 2 * hand
    low = gathered(seen, 0, hand)[-2].goal
    points = np.degrees(np.arctan2(low.rotation[1, 0], low.rotation[0, 0]))
    assert (1 - 2 * hand) * points == pytest.approx(heading, abs=0.1)


def test_fingers_have_closed_before_the_hand_rises() -> None:
    """In the deployment mode hands wait until two chunks agree before they close."""
    closes = gathered(_seen(), 0, 0)[-2]
    grip = interlocked(Deployment(), EXECUTED)
    route, sent = Route([closes]), []
    while not route.over:
        sent.append(grip(np.tile(route(closes.goal, EXECUTED), 2)))
    assert (np.concatenate(sent[:-1])[:, 6] < 0.0).sum() >= 8


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
