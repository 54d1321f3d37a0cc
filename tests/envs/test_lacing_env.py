"""What the environment refuses, reports and rewards."""

from typing import Any

import numpy as np
import pytest
from shared_worlds import MakeEnv, make

from lacelab.envs.exceptions import EpisodeOverError, InstructionError, InvalidActionError, UnknownNameError
from lacelab.envs.goals import EyeletGoal, PickGoal
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import ACTION_SIZE, Side

_STILL = np.zeros(ACTION_SIZE, np.float32)


def _with(index: int, value: float) -> Any:
    action = _STILL.copy()
    action[index] = value
    return action


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (_with(3, np.nan), r"An action is finite; entries \[3\] are \[nan\]"),
        (_with(13, -np.inf), r"An action is finite; entries \[13\] are \[-inf\]"),
        (
            np.zeros((1, ACTION_SIZE)),
            r"An action has shape \(14,\), not \(1, 14\): seven values for each of left, right",
        ),
        (np.zeros(7), r"not \(7,\)"),
        (0.0, r"not \(\)"),
        (["a"] * ACTION_SIZE, "An action holds 14 numbers, not <U1"),
        (None, "An action holds 14 numbers, not object"),
        ([[0.0], [0.0, 1.0]], "An action holds 14 numbers, not "),
        (np.zeros(ACTION_SIZE, complex), "An action holds 14 numbers, not complex"),
    ],
)
def test_a_bad_action_never_reaches_the_physics(action: Any, message: str, make_env: MakeEnv) -> None:
    env = make_env()
    env.reset(seed=0)
    env.step(_STILL)
    position, velocity, time = env.simulation.data.qpos.copy(), env.simulation.data.qvel.copy(), env.time
    targets = env.controller.state.copy()
    with pytest.raises(InvalidActionError, match=message):
        env.step(action)
    np.testing.assert_array_equal(env.simulation.data.qpos, position)
    np.testing.assert_array_equal(env.simulation.data.qvel, velocity)
    np.testing.assert_array_equal(env.controller.state.joints, targets.joints)
    np.testing.assert_array_equal(env.controller.state.position, targets.position)
    assert env.time == time
    env.step(_STILL)


def test_actions_are_clipped_and_counted(make_env: MakeEnv) -> None:
    env = make_env()
    joints = []
    for scale in (1.0, 5.0):
        env.reset(seed=0)
        info = env.step(np.full(ACTION_SIZE, scale))[4]
        joints.append(env.simulation.data.qpos.copy())
        assert info["clipped_actions"] == int(scale > 1)
    np.testing.assert_array_equal(joints[0], joints[1])


def test_any_real_type_is_an_action(make_env: MakeEnv) -> None:
    env = make_env()
    actions: list[Any] = [np.zeros(ACTION_SIZE, np.int64), [0.0] * ACTION_SIZE, np.zeros(ACTION_SIZE, np.float64)]
    for action in actions:
        env.reset(seed=0)
        env.step(action)


def test_step_before_reset_and_after_the_end() -> None:
    env = make("PickLace")
    with pytest.raises(EpisodeOverError, match=r"call reset\(\) first"):
        env.step(_STILL)
    with pytest.raises(EpisodeOverError, match=r"call reset\(\) first"):
        env.snapshot()
    env.reset(seed=0)
    for _ in range(299):
        _, _, terminated, truncated, _ = env.step(_STILL)
        assert not terminated and not truncated
    _, _, terminated, truncated, info = env.step(_STILL)
    assert truncated and not terminated and info["time"] == pytest.approx(15.0)
    with pytest.raises(EpisodeOverError, match=r"The episode is over .*: call reset\(\) first"):
        env.step(_STILL)
    env.reset(seed=1)
    env.step(_STILL)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"task": "Tie"}, "Unknown task 'Tie'. Valid: PickLace, InsertAglet, ThreadEyelet, LaceShoe"),
        ({"difficulty": "hart"}, "Unknown difficulty 'hart'. Did you mean 'hard'\\? Valid: easy, standard, hard"),
        ({"obs": "pixel"}, "Unknown observation 'pixel'. Did you mean 'pixels'\\? Valid: state, pixels, both"),
        ({"reward": "shaped"}, "Unknown reward 'shaped'. Valid: sparse, dense"),
        ({"render_mode": "human"}, "Unknown render mode 'human'. Valid: None, rgb_array"),
    ],
)
def test_unknown_names(option: dict[str, str], message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        LacingEnv(**option)  # type: ignore[arg-type]


def test_unknown_keyword() -> None:
    with pytest.raises(TypeError, match="observation_kind"):
        make(observation_kind="state")


def test_reset_options(make_env: MakeEnv) -> None:
    env = make_env()
    _, info = env.reset(seed=0, options={"instruction": "thread the left lace through the second hole on the right"})
    assert env.goal == EyeletGoal(Side.LEFT, Side.RIGHT, 1)
    assert info["goal"] == {"lace": "left", "side": "right", "index": 1}
    with pytest.raises(UnknownNameError, match="Unknown reset option 'miror'. Did you mean 'mirror'\\?"):
        env.reset(seed=0, options={"miror": True})


@pytest.mark.parametrize(
    ("task", "instruction", "message"),
    [
        ("ThreadEyelet", "tie the lace", "Cannot read 'tie the lace'. Unknown word 'tie'"),
        ("ThreadEyelet", "thread the left lace", "Cannot read 'thread the left lace'.* Valid: "),
        ("ThreadEyelet", "pick up the left lace", "is no instruction for ThreadEyelet.* Valid: EyeletGoal"),
        ("PickLace", "lace the shoe", "is no instruction for PickLace.* Valid: PickGoal"),
    ],
)
def test_a_malformed_instruction_leaves_the_episode_alone(
    task: str, instruction: str, message: str, make_env: MakeEnv
) -> None:
    env = make_env(task)
    env.reset(seed=0)
    before = env.simulation.data.qpos.copy()
    with pytest.raises(InstructionError, match=message):
        env.reset(seed=1, options={"instruction": instruction})
    np.testing.assert_array_equal(env.simulation.data.qpos, before)
    env.step(_STILL)


def test_instructions_of_all_tasks(make_env: MakeEnv) -> None:
    env = make_env("PickLace")
    env.reset(seed=0, options={"instruction": "pick up the left lace"})
    assert env.goal == PickGoal(Side.LEFT)
    env = make_env("LaceShoe")
    _, info = env.reset(seed=0, options={"instruction": "lace the shoe"})
    assert env.goal == EyeletGoal(env.goal.lace, env.goal.lace, 0) and info["eyelets_done"] == 0
    assert info["current_subinstruction"] == env.instruction != info["instruction"]


def test_dense_reward_sums_to_the_rise_of_the_potential(make_env: MakeEnv) -> None:
    env = make_env(reward="dense")
    env.reset(seed=0)
    start = env.judge.state.potential
    actions, rewards = np.random.default_rng(0).uniform(-1, 1, (20, ACTION_SIZE)), []
    for action in actions:
        _, reward, _, _, info = env.step(action)
        rewards.append(reward)
        assert set(info["reward_terms"]) == {"reach", "align", "insert", "through", "stage"}
    assert np.sum(rewards) == pytest.approx(env.judge.state.potential - start) and np.ptp(rewards) > 0


def test_reward_does_not_change_the_physics(make_env: MakeEnv) -> None:
    states = []
    for reward in ("sparse", "dense"):
        env = make_env(reward=reward)
        env.reset(seed=0)
        for _ in range(5):
            env.step(_STILL)
        states.append(env.simulation.data.qpos.copy())
    np.testing.assert_array_equal(states[0], states[1])
