"""A mirrored world driven by mirrored actions stays the mirror image, in the arms, the laces and what holds them."""

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray
from shared_worlds import MakeEnv, make

from lacelab.envs import symmetry
from lacelab.envs.spec import ACTION_SIZE, DIFFICULTIES

_MIRROR = np.diag([1.0, -1.0, 1.0])
_ROBOT = "openarm_v20/openarm"


def _smooth_actions(ticks: int, seed: int, grip: float) -> NDArray[np.float32]:
    """Return slow random motions that rise rather than sink."""
    noise = np.random.default_rng(seed).normal(0.0, 0.25, (ticks, ACTION_SIZE))
    actions = np.zeros((ticks, ACTION_SIZE))
    for tick in range(1, ticks):
        actions[tick] = 0.8 * actions[tick - 1] + noise[tick]
    actions *= 0.3
    actions[:, [2, 9]] = np.abs(actions[:, [2, 9]])
    actions[:, [6, 13]] = grip
    return actions.astype(np.float32)


def _assert_mirrored(
    observation: dict[str, NDArray[np.float32]], other: dict[str, NDArray[np.float32]], tolerance: float
) -> None:
    mirrored = symmetry.mirror_observation(other)
    for name, value in observation.items():
        np.testing.assert_allclose(value, mirrored[name], rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("task", ["ThreadEyelet", "InsertAglet"])
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_a_mirrored_episode_begins_as_the_mirror_image(difficulty: str, task: str, make_env: MakeEnv) -> None:
    env = make_env(task, difficulty=difficulty)
    for seed in range(10):
        observation, info = env.reset(seed=seed)
        mirrored, other = env.reset(seed=seed, options={"mirror": True})
        _assert_mirrored(observation, mirrored, 1e-9)
        assert other["instruction"] == symmetry.mirror_instruction(info["instruction"])


@pytest.mark.parametrize(("task", "grip"), [("ThreadEyelet", 0.5), ("InsertAglet", -1.0)])
def test_mirrored_actions_keep_it_the_mirror_image(task: str, grip: float, make_env: MakeEnv) -> None:
    env, other = make_env(task, difficulty="hard"), make(task, difficulty="hard")
    observation, _ = env.reset(seed=3)
    other.reset(seed=3, options={"mirror": True})
    for action in _smooth_actions(60, 3, grip):
        observation, *_ = env.step(action)
        mirrored, *_ = other.step(symmetry.mirror_action(action))
        _assert_mirrored(observation, mirrored, 1e-6)
    assert np.abs(observation["joint_velocity"]).max() > 0.05


def test_bodies_of_the_arms_are_mirror_images(make_env: MakeEnv) -> None:
    model = make_env().simulation.model
    bodies = [model.body(i) for i in range(model.nbody) if model.body(i).name.startswith(f"{_ROBOT}_left")]
    assert len(bodies) >= 10
    for left in bodies:
        right = model.body(left.name.replace("left", "right"))
        assert left.mass == pytest.approx(right.mass, rel=1e-12)
        np.testing.assert_allclose(left.pos, _MIRROR @ right.pos, atol=1e-12)
        np.testing.assert_allclose(left.ipos, _MIRROR @ right.ipos, atol=1e-12)
        np.testing.assert_allclose(_inertia(left), _MIRROR @ _inertia(right) @ _MIRROR, atol=1e-10)


def _inertia(body: mujoco.MjModel) -> NDArray[np.float64]:
    frame = np.zeros(9)
    mujoco.mju_quat2Mat(frame, body.iquat)
    rotation = frame.reshape(3, 3)
    return rotation @ np.diag(body.inertia) @ rotation.T
