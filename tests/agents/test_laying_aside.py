"""What is held is laid where something was picked up before."""

from typing import Any

import numpy as np
import pytest
from aglets import beside_an_aglet

from lacelab.agents.laying_aside import Places, aside, drawn_out, laid_back, laying
from lacelab.agents.route import Pose, letting_go
from lacelab.agents.sure_release import OPEN, SHUT
from lacelab.envs.entities.arena import TABLE_HEIGHT

AROUND = 0.003  # m between pads


def _seen(height: float, holds: bool = True, x: float = 0.0) -> dict[str, Any]:
    """Return what is seen where the left hand has the right aglet, or nothing, at a height [m] above the mat."""
    seen = beside_an_aglet(0.007, height=height, lies=height, opening=AROUND if holds else 0.02)
    shift = np.array([x, 0.0, 0.0], np.float32)
    return seen | {name: seen[name] + shift for name in ("target_position", "aglet_position")}


def _place(*looks: dict[str, Any], hand: int = 0) -> Pose | None:
    places = Places()
    for look in looks:
        places(look)
    return places.of(hand)


def _is_at(place: Pose | None, seen: dict[str, Any]) -> bool:
    return place is not None and np.allclose(place.position, seen["target_position"][0])


def test_a_place_is_where_a_hand_took_hold_of_what_it_has_lifted() -> None:
    low, high = _seen(0.005), _seen(0.05, x=0.1)
    assert _is_at(_place(low, high), low)
    assert _place(low) is None  # it may be laid down
    assert _place(_seen(0.005, holds=False), _seen(0.05, holds=False)) is None
    assert _place(low, _seen(0.005, holds=False), high) is None  # it was taken in the air
    assert _is_at(_place(low, high, _seen(0.005, x=0.2), _seen(0.005, holds=False)), low)
    later = _seen(0.005, x=0.2)
    assert _is_at(_place(low, high, later, _seen(0.05)), later)


def test_a_hand_without_a_place_has_the_mirror_image_of_the_other_one() -> None:
    low = _seen(0.005)
    place = _place(low, _seen(0.05), hand=1)
    assert place is not None
    np.testing.assert_allclose(place.position, low["target_position"][0] * [1.0, -1.0, 1.0])
    own = Pose.of(low, 0).rotation
    np.testing.assert_allclose(place.rotation[:, 0], own[:, 0] * [1.0, -1.0, 1.0])
    assert np.linalg.det(place.rotation) == pytest.approx(1.0, abs=1e-5)
    assert _place(low, hand=1) is None


PLACE = Pose(np.array([0.25, 0.2, TABLE_HEIGHT + 0.005]), np.eye(3))


def test_what_is_held_is_carried_over_the_flaps_and_laid_down() -> None:
    hand = Pose.of(_seen(0.08), 0)
    legs = laid_back(hand, PLACE)
    assert [leg.gripper for leg in legs] == [SHUT] * 4 + [OPEN] * 2
    rises, over, down = (leg.goal.position for leg in legs[1:4])
    np.testing.assert_allclose(rises, [*hand.position[:2], TABLE_HEIGHT + 0.17])
    np.testing.assert_allclose(over, [*PLACE.position[:2], TABLE_HEIGHT + 0.17])
    np.testing.assert_allclose(down, PLACE.position)


def test_a_hand_that_is_higher_stays_as_high() -> None:
    assert laid_back(Pose.of(_seen(0.2), 0), PLACE)[2].goal.position[2] == pytest.approx(TABLE_HEIGHT + 0.2)


def test_hands_lay_aside_what_they_hold() -> None:
    seen = _seen(0.08)
    pose = Pose.of(seen, 0)
    assert _same(aside(seen, 0, pose, PLACE, None, 0), laid_back(pose, PLACE))
    assert _same(aside(seen, 0, pose, None, None, 0), letting_go(pose))
    assert _same(aside(_seen(0.08, holds=False), 0, pose, PLACE, None, 0), letting_go(pose))


def test_what_is_in_an_eyelet_is_drawn_out_by_the_hand_that_pushes_it() -> None:
    seen = beside_an_aglet(0.02, backward=False, height=0.08, lies=0.08, opening=AROUND)
    (leg,) = drawn_out(seen, 0)
    np.testing.assert_allclose(leg.goal.position - Pose.of(seen, 0).position, [-0.8 * 0.03, 0.6 * 0.03, 0.0], atol=1e-6)
    assert leg.gripper == SHUT
    assert drawn_out(_seen(0.08), 0) == []  # it would push a flap
    assert drawn_out(_seen(0.08, holds=False), 0) == []


def test_of_two_hands_with_one_lace_the_one_at_its_tip_lets_go() -> None:
    seen = _seen(0.08)
    for tip, lays in ((0, [False, True]), (1, [True, False])):
        hands = np.stack([seen["aglet_position"][1]] * 2)
        hands[1 - tip, 0] += 0.01
        both = {"target_position": hands, "gripper_opening": np.array([AROUND, AROUND], np.float32)}
        assert laying(seen | both).tolist() == lays


def test_two_hands_with_a_lace_each_lay_both() -> None:
    seen = _seen(0.08)
    tips = seen["target_position"][::-1].copy()
    both = {"aglet_position": tips, "gripper_opening": np.array([AROUND, AROUND], np.float32)}
    assert laying(seen | both).tolist() == [True, True]


def test_an_empty_hand_gets_a_lace_that_is_not_to_be_had_otherwise() -> None:
    seen = _seen(0.005, holds=False)
    seen["lace_points"] = seen["lace_points"] * 0.0 + np.array([0.3, 0.1, TABLE_HEIGHT], np.float32)
    seen["lace_points"][:, :, 0] += np.linspace(0.0, 0.1, seen["lace_points"].shape[1], dtype=np.float32)
    legs = aside(seen, 0, Pose.of(seen, 0), PLACE, 1, 0)
    assert [leg.gripper for leg in legs] == [OPEN] * 5 + [SHUT] * 6 + [OPEN] * 2
    np.testing.assert_allclose(legs[-2].goal.position, PLACE.position)
    assert _same(aside(seen, 1, Pose.of(seen, 1), PLACE, 1, 0), letting_go(Pose.of(seen, 1)))  # it is on the left


def _same(legs: list[Any], others: list[Any]) -> bool:
    return [(*leg.goal.position, leg.gripper) for leg in legs] == [(*leg.goal.position, leg.gripper) for leg in others]
