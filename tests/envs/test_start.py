"""Where episodes begin."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from shared_worlds import MakeEnv

from lacelab.envs.control import home
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.grasp import HOLD, LEAN
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import ACTION_SIZE, DIFFICULTIES, SIDES

_HOLD_STILL = np.zeros(ACTION_SIZE, np.float32)
_HOLD_STILL[[6, 13]] = -1.0


def _holds(env: LacingEnv) -> bool:
    return env.goal.inserting_hand in env.judge.touches[env.goal.lace.index].held_by


def _repeat(env: LacingEnv, action: NDArray[np.float32], ticks: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the last observation and info."""
    steps = [env.step(action) for _ in range(ticks)]
    return steps[-1][0], steps[-1][4]


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_the_aglet_stays_in_hand(difficulty: str, make_env: MakeEnv) -> None:
    """Measured once over seeds 0 to 99 of each difficulty: none drops it, it moves by at most 0.6 mm."""
    env = make_env("InsertAglet", difficulty=difficulty)
    for seed in range(8):
        before, _ = env.reset(seed=seed)
        after, info = _repeat(env, _HOLD_STILL, 20)
        lace = env.goal.lace.index
        assert _holds(env), seed
        assert info["max_stage"] == 1 and not info["is_success"]
        assert np.abs(after["aglet_position"] - before["aglet_position"])[lace].max() < 0.002
        assert info["peak_stretch"] < 0.02 and info["penetration_max"] < 0.001


@pytest.mark.parametrize("mirror", [False, True])
def test_the_hand_starts_as_the_expert_grasps(mirror: bool, make_env: MakeEnv) -> None:
    env = make_env("InsertAglet")
    observation, _ = env.reset(seed=1, options={"mirror": mirror})
    hand, axis = env.goal.inserting_hand.index, observation["aglet_axis"][env.goal.lace.index]
    back = env.scene.laces[hand].back(env.simulation.data)
    assert axis[2] == 0.0 and 0.06 <= back[2] - TABLE_HEIGHT <= 0.09
    np.testing.assert_allclose(observation["tool_position"][hand], back + HOLD * axis, atol=2e-4)
    assert observation["tool_rotation"][hand][:3] @ axis == pytest.approx(np.cos(LEAN), abs=2e-3)
    assert observation["gripper_opening"][hand] == pytest.approx(0.003, abs=5e-4)


def test_hands_start_at_home(make_env: MakeEnv) -> None:
    env = make_env()
    observation, _ = env.reset(seed=0)
    np.testing.assert_allclose(observation["joint_position"], [home(side) for side in SIDES], atol=1e-6)
    np.testing.assert_allclose(observation["target_position"], observation["tool_position"], atol=1e-6)
    assert not any(touch.touched_by for touch in env.judge.touches)


def test_laces_start_unstretched_and_nearly_at_rest(make_env: MakeEnv) -> None:
    env = make_env(difficulty="hard")
    for seed in range(5):
        before, _ = env.reset(seed=seed)
        after, info = _repeat(env, np.zeros(ACTION_SIZE, np.float32), 10)
        assert np.abs(after["lace_points"] - before["lace_points"]).max() < 0.03  # a stiff one unbends
        assert info["peak_stretch"] < 0.01 and info["peak_tension"] < 1.0
