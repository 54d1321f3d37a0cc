"""What the demonstrator knows, and where it lays things down."""

import numpy as np
import pytest
from shared_worlds import make

from lacelab.agents.demonstrator.perception import Aglet, Perception
from lacelab.agents.demonstrator.places import free_place, turns_low
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.entities.lace import AGLET_LENGTH, FINE_EDGE
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import SIDES, Side


@pytest.fixture(scope="module")
def env() -> LacingEnv:
    env = make()
    env.reset(seed=0)
    return env


@pytest.mark.parametrize("lace", SIDES)
def test_sees_an_aglet_as_the_observation_has_it(env: LacingEnv, lace: Side) -> None:
    observation, _ = env.reset(seed=0)
    aglet = Perception(env).aglet(lace)
    np.testing.assert_allclose(aglet.tip, observation["aglet_position"][lace.index], atol=1e-6)
    np.testing.assert_allclose(aglet.back + AGLET_LENGTH * aglet.axis, aglet.tip, atol=1e-9)


@pytest.mark.parametrize("distance", [0.01, 0.034, 0.08])
@pytest.mark.parametrize("lace", SIDES)
def test_sees_a_lace_behind_its_aglet(env: LacingEnv, lace: Side, distance: float) -> None:
    env.reset(seed=0)
    sees = Perception(env)
    place, along = sees.behind(lace, distance)
    straight = np.linalg.norm(sees.aglet(lace).back - place)
    assert 0.85 < straight / (FINE_EDGE * round(distance / FINE_EDGE)) < 1.01
    farther, _ = sees.behind(lace, distance + FINE_EDGE)
    assert np.linalg.norm(along) == pytest.approx(1.0) and along @ (place - farther) > 0.9 * FINE_EDGE


@pytest.mark.parametrize(("x", "low"), [(0.19, True), (0.22, True), (0.235, False), (0.31, False)])
def test_hands_turn_close_to_the_mat_over_the_heel_only(x: float, low: bool) -> None:
    assert turns_low(np.array([x, 0.1, TABLE_HEIGHT])) == low


@pytest.mark.parametrize(("back", "tip", "hangs"), [(0.002, 0.011, False), (0.002, 0.013, True), (0.013, 0.002, True)])
def test_an_aglet_whose_back_or_tip_is_off_the_mat_hangs(
    env: LacingEnv, monkeypatch: pytest.MonkeyPatch, back: float, tip: float, hangs: bool
) -> None:
    sees, axis = Perception(env), np.array([1.0, 0.0, 0.0])
    assert not any(sees.hangs(lace) for lace in SIDES)  # laces lie at the start
    low, high = (np.array([0.3, 0.1, TABLE_HEIGHT + height]) for height in (back, tip))
    monkeypatch.setattr(sees, "aglet", lambda lace: Aglet(low, axis, high))
    assert sees.hangs(Side.LEFT) == hangs


@pytest.mark.parametrize("lace", SIDES)
@pytest.mark.parametrize("side", SIDES)
def test_the_way_through_an_eyelet_is_that_of_the_goal(env: LacingEnv, lace: Side, side: Side) -> None:
    observation, _ = env.reset(seed=0)
    centre, axis = Perception(env).eyelet(EyeletGoal(lace, side, 1))
    outward = observation["eyelet_axis"][side.index, 1]
    np.testing.assert_allclose(centre, observation["eyelet_position"][side.index, 1], atol=1e-6)
    assert np.linalg.norm(axis) == pytest.approx(1.0)
    assert axis @ outward == pytest.approx(-1.0 if lace is side else np.cos(np.radians(15.0)), abs=1e-3)
    assert np.sign(axis[1]) == -lace.sign  # The left lace always travels to the right.


def test_nothing_is_held_threaded_or_taut_at_the_start(env: LacingEnv) -> None:
    env.reset(seed=0)
    sees, goal = Perception(env), EyeletGoal(Side.LEFT, Side.LEFT, 0)
    assert not any(sees.holds(hand, lace) for hand in SIDES for lace in SIDES)
    assert sees.net(goal) == 0 and sees.through(goal) == 0.0
    assert not sees.taut(Side.LEFT) and not sees.sticks_in(goal)


@pytest.mark.parametrize("hand", SIDES)
def test_a_free_place_is_on_the_hands_side_and_off_the_other_lace(env: LacingEnv, hand: Side) -> None:
    observation, _ = env.reset(seed=0)
    goal = EyeletGoal(hand.other, hand, 0)
    place = free_place(env, Perception(env), hand, goal, np.array([1.0, 0.0, 0.0]))
    assert place[2] == TABLE_HEIGHT and np.sign(place[1]) == hand.sign and 0.1 < abs(place[1]) <= 0.2
    lace = observation["lace_points"][goal.lace.other.index, :, :2]
    assert np.linalg.norm(lace - place[:2], axis=1).min() > 0.015
