"""The written scene is ours: same numbers, same motion."""

from pathlib import Path

import mujoco
import numpy as np
import pytest

from lacelab.envs.lacing_env import LacingEnv
from lacelab.real_robot.scene_file import HOME, write_scene

_STATE = mujoco.mjtState.mjSTATE_INTEGRATION
_ACCURACY = 2e-6  # relative: six digits are written


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[LacingEnv, mujoco.MjModel, Path]:
    env = LacingEnv(difficulty="hard")
    env.reset(seed=5)
    path = write_scene(env, tmp_path_factory.mktemp("scene"))
    return env, mujoco.MjModel.from_xml_path(str(path)), path


@pytest.mark.parametrize(
    "field",
    [
        *("body_mass", "body_inertia", "body_pos", "body_quat", "geom_pos", "geom_quat", "geom_size", "geom_friction"),
        *("dof_damping", "actuator_gainprm", "actuator_biasprm", "flex_bending", "flex_damping", "flex_friction"),
        *("flexedge_length0", "dof_armature", "dof_frictionloss", "jnt_actfrcrange"),
    ],
)
def test_numbers_are_the_episodes(world: tuple[LacingEnv, mujoco.MjModel, Path], field: str) -> None:
    env, model, _ = world
    ours, theirs = getattr(env.simulation.model, field), getattr(model, field)
    if field.startswith("jnt"):  # Joints of the aglets are others.
        ours, theirs = ours[ours.any(axis=1)], theirs[theirs.any(axis=1)]
    np.testing.assert_allclose(theirs, ours, rtol=_ACCURACY, atol=2e-6 * np.abs(ours).max())


def test_starts_where_the_episode_starts(world: tuple[LacingEnv, mujoco.MjModel, Path]) -> None:
    env, model, _ = world
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key(HOME).id)
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(data.qpos, env.simulation.data.qpos, atol=2e-6)
    np.testing.assert_allclose(data.xpos, env.simulation.data.xpos, atol=5e-6)


def test_moves_as_ours_does(world: tuple[LacingEnv, mujoco.MjModel, Path]) -> None:
    env, model, _ = world
    env.reset(seed=5)
    ours, theirs = env.simulation.data, mujoco.MjData(model)
    state = np.empty(mujoco.mj_stateSize(model, _STATE))
    mujoco.mj_getState(env.simulation.model, ours, state, _STATE)
    mujoco.mj_setState(model, theirs, state, _STATE)
    ours.ctrl[:3] += 0.1
    theirs.ctrl[:3] += 0.1
    for _ in range(200):  # half a second
        mujoco.mj_step(env.simulation.model, ours)
        mujoco.mj_step(model, theirs)
    moved = np.abs(ours.qpos - state[1 : 1 + model.nq]).max()
    assert moved > 0.05
    np.testing.assert_allclose(theirs.xpos, ours.xpos, atol=2e-3)
    assert np.median(np.abs(theirs.xpos - ours.xpos)) < 1e-4
