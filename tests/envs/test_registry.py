"""Every registered environment resets, steps, matches its spaces, warns of nothing and is deterministic."""

import itertools

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from shared_worlds import MakeEnv

import lacelab.envs
from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.spec import ACTION_SIZE, DIFFICULTIES, STAGES, TASKS
from lacelab.envs.tasks import find_task

_INFO = {
    "is_success": bool,
    "stage": str,
    "max_stage": int,
    "current_subinstruction": str,
    "instruction": str,
    "stages": dict,
    "diverged": bool,
    "invalid": bool,
    "time": float,
    "peak_stretch": float,
    "peak_tension": float,
    "penetration_p99": float,
    "penetration_max": float,
    "eyelets_done": int,
    "eyelets": list,
}


def test_all_tasks_are_registered_once() -> None:
    lacelab.envs.register()
    ids = [name for name in gymnasium.registry if name.startswith("lacelab/")]
    assert sorted(ids) == sorted(f"lacelab/{task}-v0" for task in TASKS)


@pytest.mark.parametrize(("task", "difficulty"), list(itertools.product(TASKS, DIFFICULTIES)))
def test_resets_and_steps_within_its_spaces(task: str, difficulty: str, make_env: MakeEnv) -> None:
    env = make_env(task, difficulty=difficulty)
    observation, info = env.reset(seed=11)
    assert env.observation_space.contains(observation)
    assert {"randomization", "goal"} <= info.keys()
    rng = np.random.default_rng(0)
    for _ in range(10):
        action = rng.uniform(-1, 1, ACTION_SIZE).astype(np.float32)
        observation, reward, terminated, truncated, info = env.step(action)
        assert env.observation_space.contains(observation)
        assert reward == 0.0 and terminated is False and truncated is False
    assert {name: type(info[name]) for name in _INFO} == _INFO
    assert tuple(info["stages"]) == STAGES and info["stage"] in STAGES and info["time"] == pytest.approx(0.5)
    assert env.simulation.data.warning.number.sum() == 0


@pytest.mark.parametrize("task", TASKS)
def test_same_seed_same_episode(task: str, make_env: MakeEnv) -> None:
    env = make_env(task)
    actions = np.random.default_rng(1).uniform(-1, 1, (5, ACTION_SIZE))
    runs = []
    for seed in (3, 4, 3):
        observation, _ = env.reset(seed=seed)
        states = [observation["lace_points"], *(env.step(action)[0]["lace_points"] for action in actions)]
        runs.append(np.stack(states))
    np.testing.assert_array_equal(runs[0], runs[2])
    assert not np.array_equal(runs[0], runs[1])


@pytest.mark.parametrize("obs", ["state", "pixels", "both"])
def test_passes_the_checkers(obs: str, make_env: MakeEnv) -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    env = make_env(obs=obs)
    check_env(env, skip_render_check=True)
    checker.check_env(env, warn=False)


def test_passes_the_checker_with_rendering() -> None:
    env = gymnasium.make("lacelab/ThreadEyelet-v0", render_mode="rgb_array").unwrapped
    check_env(env)


def test_unknown_task() -> None:
    with pytest.raises(UnknownNameError, match="Unknown task 'ThreadEylet'. Did you mean 'ThreadEyelet'\\? Valid: "):
        find_task("ThreadEylet")
