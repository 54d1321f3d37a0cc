"""Hands that go along straight legs."""

from typing import Any

import numpy as np
import pytest
from aglets import beside_an_aglet, left_hand_after, rotation_after

from lacelab.agents.route import Leg, Pose, Route, letting_go, resting, towards
from lacelab.agents.sure_release import OPEN, SHUT

SEEN = beside_an_aglet(0.0)
HERE = Pose.of(SEEN, 0)
THERE = HERE.moved(np.array([0.1, -0.02, 0.04]))
AROUND_Z = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
N = 8


def _both(actions: np.ndarray) -> np.ndarray:
    """Return actions (n, 14) of which the left hand's are given."""
    return np.concatenate([actions, resting(len(actions), OPEN)], axis=1)


def _after(actions: np.ndarray) -> tuple[Any, Any]:
    return left_hand_after(SEEN, _both(actions)), rotation_after(SEEN, _both(actions))


def test_a_hand_goes_on_a_straight_line_at_a_share_of_full_speed() -> None:
    actions = towards(HERE, THERE, 5, SHUT, 0.6)
    done = _after(actions)[0] - HERE.position
    np.testing.assert_allclose(np.linalg.norm(done), 5 * 0.6 * 0.0125, rtol=1e-5)
    np.testing.assert_allclose(np.cross(done, THERE.position - HERE.position), 0.0, atol=1e-6)
    assert (actions[:, 6] == SHUT).all()


def test_it_arrives_turned_and_stays_there() -> None:
    goal = Pose(THERE.position, AROUND_Z @ HERE.rotation)
    position, rotation = _after(towards(HERE, goal, 60, OPEN, 0.6))
    np.testing.assert_allclose(position, goal.position, atol=1e-5)
    np.testing.assert_allclose(rotation, goal.rotation, atol=1e-5)


def _gripper(route: Route, hand: Pose = HERE) -> float:
    return float(route(hand, N)[-1, 6])


def test_legs_end_where_the_hand_has_arrived_but_not_before_their_time() -> None:
    route = Route([Leg(HERE, OPEN, least=1.2), Leg(THERE, SHUT)])
    assert [_gripper(route) for _ in range(4)] == [np.float32(OPEN)] * 3 + [SHUT]  # 0.4 s each


def test_legs_that_lead_nowhere_are_given_up() -> None:
    route = Route([Leg(THERE, OPEN, most=1.0), Leg(HERE, SHUT)])
    assert [_gripper(route) for _ in range(4)] == [np.float32(OPEN)] * 3 + [SHUT]


def test_a_hand_that_is_there_and_not_turned_has_not_arrived() -> None:
    route = Route([Leg(Pose(HERE.position, AROUND_Z @ HERE.rotation), OPEN), Leg(HERE, SHUT)])
    assert [_gripper(route) for _ in range(3)] == [np.float32(OPEN)] * 3


def test_at_the_end_the_hand_rests_as_it_is() -> None:
    route = Route([Leg(HERE, SHUT)])
    assert not route.over
    route(HERE, N)
    np.testing.assert_array_equal(route(HERE, N), resting(N, SHUT))
    assert route.over
    np.testing.assert_array_equal(route(THERE, N), resting(N, SHUT))


@pytest.mark.parametrize(
    ("grippers", "carries"), [((SHUT, SHUT), True), ((SHUT,), False), ((SHUT, OPEN), False), ((OPEN, SHUT), False)]
)
def test_a_hand_carries_something_if_it_is_closed_and_stays_so(grippers: tuple[float, ...], carries: bool) -> None:
    assert Route([Leg(THERE, gripper) for gripper in grippers]).carries == carries


def test_who_lets_go_opens_and_rises() -> None:
    opens, rises = letting_go(HERE)
    assert opens.goal is HERE and opens.gripper == rises.gripper == OPEN and opens.least == pytest.approx(0.4)
    np.testing.assert_allclose(rises.goal.position - HERE.position, [0.0, 0.0, 0.09])


def test_a_pose_at_a_height_is_never_lower() -> None:
    height = float(HERE.position[2])
    assert HERE.at_height(height + 0.1).position[2] == pytest.approx(height + 0.1)
    assert HERE.at_height(height - 0.1).position[2] == pytest.approx(height)
