"""Motion of the hands, tick by tick."""

from collections.abc import Iterator

import numpy as np
import pytest
from shared_worlds import make

from lacelab.agents.demonstrator.motion import Motion, Waypoint, lift
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import CONTROL_PERIOD, TRANSLATION_SCALE, Side

_HALF = np.where(np.arange(14) % 7 == 6, 1.0, 0.5)  # of everything but the grippers


@pytest.fixture(scope="module")
def world() -> LacingEnv:
    return make()


@pytest.fixture
def env(world: LacingEnv) -> Iterator[LacingEnv]:
    world.reset(seed=0)
    yield world


def _run(env: LacingEnv, script: Iterator[np.ndarray]) -> list[np.ndarray]:
    actions = []
    for action in script:
        actions.append(action)
        env.step(action.astype(np.float32))
    return actions


def test_a_hand_arrives_no_faster_than_told(env: LacingEnv) -> None:
    motion = Motion(env)
    goal = lift(motion.target(Side.LEFT), 0.05)
    actions = np.array(_run(env, motion.move(Side.LEFT, goal, speed=0.1)))
    assert np.linalg.norm(actions[:, :3], axis=1).max() * TRANSLATION_SCALE <= 0.1 * CONTROL_PERIOD + 1e-9
    assert np.linalg.norm(motion.tool(Side.LEFT)[0] - goal[0]) < 0.0012
    assert (actions[:, 7:13] == 0).all() and 0.5 <= len(actions) * CONTROL_PERIOD < 0.9


def test_it_gives_up_in_time_and_when_told(env: LacingEnv) -> None:
    motion = Motion(env)
    beyond = lift(motion.target(Side.LEFT), 3.0)
    assert len(_run(env, motion.move(Side.LEFT, beyond, timeout=0.5))) == 10
    assert len(_run(env, motion.move(Side.LEFT, beyond, until=lambda: True))) == 1


def test_the_other_hand_moves_beside(env: LacingEnv) -> None:
    motion = Motion(env)
    home = motion.target(Side.RIGHT)
    motion.background[Side.RIGHT] = [Waypoint(lift(home, 0.03)), Waypoint(home)]
    heights = []
    for action in motion.wait(1.0):
        env.step(action.astype(np.float32))
        heights.append(motion.target(Side.RIGHT)[0][2] - home[0][2])
    assert max(heights) == pytest.approx(0.03, abs=1.5e-3) and abs(heights[-1]) < 1.5e-3
    assert motion.background[Side.RIGHT] == []


def test_pace_slows_everything(env: LacingEnv) -> None:
    goal = lift(Motion(env).target(Side.LEFT), 0.05)
    fast = next(Motion(env).move(Side.LEFT, goal))
    np.testing.assert_allclose(next(Motion(env, pace=0.5).move(Side.LEFT, goal)), fast * _HALF, atol=1e-9)
