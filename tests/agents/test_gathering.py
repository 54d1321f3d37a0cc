"""A lace whose aglet lies in the shoe."""

from typing import Any

import numpy as np
import pytest
from observations import states

from lacelab.agents.gathering import asked_for, gathered, grasp_point, in_the_shoe, reaching
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


def test_its_lace_is_taken_behind_the_aglet_and_elsewhere_at_every_attempt() -> None:
    seen = _seen()
    points = [grasp_point(seen, 0, attempt) for attempt in range(6)]
    np.testing.assert_allclose([point for point, _ in points[:5]], seen["lace_points"][0, :-6:-1], atol=1e-6)
    np.testing.assert_array_equal(points[5], points[0])
    np.testing.assert_allclose(points[0][1], [0.02, 0.0, 0.0], atol=1e-6)  # from the point before it to the tip


def test_but_not_in_an_eyelet() -> None:
    seen = _seen()
    seen["eyelet_position"][0, 1] = seen["lace_points"][0, -1]
    np.testing.assert_allclose(grasp_point(seen, 0, 0)[0], seen["lace_points"][0, -2])
    seen["eyelet_position"][0] = seen["lace_points"][0, -3:]
    seen["eyelet_position"][1] = seen["lace_points"][0, -6:-3]
    np.testing.assert_allclose(grasp_point(seen, 0, 3)[0], seen["lace_points"][0, -1])  # where else


@pytest.mark.parametrize(
    ("point", "hand"),
    [
        pytest.param((0.25, 0.02), 0, id="at the heel, left"),
        pytest.param((0.25, -0.02), 1, id="at the heel, right"),
        pytest.param((0.34, 0.03), 1, id="between the flaps, left"),
        pytest.param((0.34, -0.03), 0, id="between the flaps, right"),
        pytest.param((0.34, 0.08), 0, id="beside the shoe, left"),
        pytest.param((0.34, -0.08), 1, id="beside the shoe, right"),
    ],
)
def test_between_the_flaps_the_other_hand_reaches_better(point: tuple[float, float], hand: int) -> None:
    assert reaching(_seen(), np.array([*point, SOLE])) == hand


@pytest.mark.parametrize("hand", [0, 1])
def test_the_hand_that_reaches_it_takes_hold_and_lifts(hand: int) -> None:
    seen = _seen(side=1.0 - 2.0 * hand)
    assert gathered(seen, 0, 1 - hand, 2) == []
    legs = gathered(seen, 0, hand, 2)
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
    low = gathered(seen, 0, hand, 2)[-2].goal
    points = np.degrees(np.arctan2(low.rotation[1, 0], low.rotation[0, 0]))
    assert (1 - 2 * hand) * points == pytest.approx(heading, abs=0.1)


def test_fingers_have_closed_before_the_hand_rises() -> None:
    """In the deployment mode hands wait until two chunks agree before they close."""
    closes = gathered(_seen(), 0, 0, 2)[-2]
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
