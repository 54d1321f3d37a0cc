"""A hand that hovers around an aglet takes it."""

from typing import Any

import numpy as np
import pytest
from aglets import AROUND, handed_over, left_hand_after

from lacelab.agents.motions import hands_of, keeping
from lacelab.agents.sure_release import OPEN, SHUT, gripper
from lacelab.agents.sure_take import TAKEN_TIP, SureTake, hovering, led

WANTED = np.full((8, 14), 0.1, np.float32)
HOVERS, CLOSING = 6, 3  # looks


def _short_of_it(seen: dict[str, Any], actions: np.ndarray) -> np.ndarray:
    """Return where actions leave the tip beside where hands close, in the frame of the left hand (3,) [m]."""
    rotation = hands_of(seen)[1][0]
    return rotation.T @ (seen["aglet_position"][1] - left_hand_after(seen, actions)) - TAKEN_TIP


def test_who_hovers_is_led_to_the_aglet_and_closes() -> None:
    take, seen = SureTake(), handed_over(short=0.004)
    for _ in range(HOVERS):
        np.testing.assert_array_equal(take(seen, WANTED), WANTED)
    actions = take(seen, WANTED)
    np.testing.assert_allclose(_short_of_it(seen, np.zeros((8, 14))), [0.0, 0.0, -0.004], atol=1e-6)
    np.testing.assert_allclose(_short_of_it(seen, actions), 0.0, atol=1e-6)
    assert (actions[:, gripper(0)] == np.float32(OPEN)).all() and (actions[:, gripper(1)] == SHUT).all()
    assert not actions[:, 7:13].any()
    for _ in range(CLOSING):
        np.testing.assert_array_equal(take(seen, WANTED), keeping(8))
    np.testing.assert_array_equal(take(seen, WANTED), WANTED)
    assert take.takes == 1


def test_who_closes_or_goes_elsewhere_in_time_is_left_alone() -> None:
    take = SureTake()
    for look in range(3 * HOVERS):
        seen = handed_over() if look % HOVERS else handed_over(opening=AROUND)
        np.testing.assert_array_equal(take(seen, WANTED), WANTED)
    assert take.takes == 0


def test_beginning_anew_forgets_who_hovers_and_a_new_episode_the_count() -> None:
    take, seen = SureTake(), handed_over()
    for _ in range(HOVERS + 1):
        take(seen, WANTED)
    take.again()
    np.testing.assert_array_equal(take(seen, WANTED), WANTED)
    assert take.takes == 1
    take.reset()
    assert take.takes == 0


def _changed(**changes: Any) -> dict[str, Any]:
    seen = handed_over()
    return seen | {name: change(seen[name].copy()) for name, change in changes.items()}


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(handed_over(short=0.013), id="it is elsewhere"),
        pytest.param(handed_over(opening=AROUND), id="it is closed"),
        pytest.param(_changed(gripper_opening=lambda opening: opening * [1, 9]), id="nobody holds the lace"),
        pytest.param(_changed(aglet_axis=lambda axis: -axis), id="it points the same way as the aglet"),
        pytest.param(
            _changed(
                target_position=lambda hands: hands - np.array([0, 0, 0.05], np.float32),
                aglet_position=lambda tips: tips - np.array([0, 0, 0.05], np.float32),
                lace_points=lambda points: points - np.array([0, 0, 0.05], np.float32),
            ),
            id="on the mat",
        ),
    ],
)
def test_nobody_else_hovers(seen: dict[str, Any]) -> None:
    assert hovering(handed_over()) is not None
    assert hovering(seen) is None


def test_the_other_hand_may_be_led_too() -> None:
    seen = handed_over()
    found = hovering(seen)
    assert found is not None
    actions = led(found._replace(hand=1), hands_of(seen)[1][1], 8)
    assert not actions[:, :6].any() and actions[:, 7:10].any()
    assert (actions[:, [6, 13]] == np.array([SHUT, OPEN], np.float32)).all()
