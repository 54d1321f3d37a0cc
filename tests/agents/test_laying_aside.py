"""Hands that lay everything aside."""

import numpy as np
import pytest

from lacelab.agents.laying_aside import LayingAside
from lacelab.agents.motions import Pose, keeping, resting, rising, towards
from lacelab.envs.spec import CONTROL_PERIOD

NOBODY = np.zeros(2, np.bool_)
EXECUTED = 4  # 0.2 s


def _pose(x: float) -> Pose:
    return np.array([[x, 0.3, 0.5], [x, -0.3, 0.5]]), np.stack([np.eye(3)] * 2)


def test_hands_let_go_rise_and_go_home() -> None:
    aside, hands, home = LayingAside(EXECUTED), _pose(0.5), _pose(0.3)
    assert not aside.busy
    aside.begin(NOBODY)
    looks = [aside(hands, home) for _ in range(9)]
    np.testing.assert_array_equal(looks[:2], [resting(EXECUTED)] * 2)  # 0.4 s
    np.testing.assert_allclose(looks[2:8], [rising(hands, EXECUTED)] * 6, atol=1e-6)  # 1.2 s
    np.testing.assert_allclose(looks[8], towards(hands, home, EXECUTED), atol=1e-6)
    assert aside.busy
    aside(_pose(0.305), home)
    assert not aside.busy


def test_it_is_over_after_8_s_wherever_hands_are() -> None:
    aside = LayingAside(EXECUTED)
    aside.begin(NOBODY)
    looks = 0
    while aside.busy:
        aside(_pose(0.5), _pose(0.3))
        looks += 1
    assert looks * EXECUTED * CONTROL_PERIOD == pytest.approx(0.4 + 1.2 + 8.0, abs=0.5)


def test_a_hand_that_keeps_hold_stays_and_need_not_arrive() -> None:
    aside, home = LayingAside(EXECUTED), _pose(0.3)
    aside.begin(np.array([True, False]))
    away = home[0] + np.array([[0.2, 0.0, 0.0], [0.0, 0.0, 0.0]])
    looks = []
    while aside.busy:
        looks.append(aside((away, home[1]), home))
    assert len(looks) == 9
    assert all(np.array_equal(look[:, :7], keeping(EXECUTED)[:, :7]) for look in looks)


def test_a_new_episode_begins_with_nothing_laid_aside() -> None:
    aside = LayingAside(EXECUTED)
    aside.begin(NOBODY)
    aside.reset()
    assert not aside.busy
