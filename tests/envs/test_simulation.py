"""Divergence is an outcome, never a silent reset; time steps fit the tick."""

import re
from typing import Any

import mujoco
import numpy as np
import pytest
from shared_worlds import MakeEnv

from lacelab.envs.entities.lace import LaceParameters
from lacelab.envs.entities.shoe import ShoeParameters
from lacelab.envs.exceptions import EpisodeOverError, TimeStepError
from lacelab.envs.scene import build
from lacelab.envs.simulation import Simulation
from lacelab.envs.spec import ACTION_SIZE

_STILL = np.zeros(ACTION_SIZE, np.float32)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("qvel", np.nan, "time is 0.0"),
        ("qpos", np.nan, "time is 0.0"),
        ("qvel", 1e12, "time is|warnings"),
        ("qvel", 5e3, "time is|warnings|a velocity of .* exceeds"),
    ],
)
def test_divergence_ends_the_episode(field: str, value: float, message: str, make_env: MakeEnv) -> None:
    env = make_env()
    env.reset(seed=0)
    for _ in range(3):
        env.step(_STILL)
    last_good = env.simulation.get_state()
    getattr(env.simulation.data, field)[40] = value
    observation, reward, terminated, truncated, info = env.step(_STILL)
    assert terminated and not truncated and reward == 0.0
    assert info["diverged"] and not info["is_success"] and not info["invalid"]
    assert np.isfinite(observation["joint_position"]).all()
    with pytest.raises(EpisodeOverError):
        env.step(_STILL)
    assert env.simulation.divergence is not None
    np.testing.assert_array_equal(env.simulation.last_good, last_good)
    assert re.search(message, info["divergence"])


@pytest.mark.parametrize(("axis", "value", "diverges"), [(0, 60.0, True), (3, 700.0, False), (3, 2500.0, True)])
def test_a_rolling_aglet_spins_fast(axis: int, value: float, diverges: bool, make_env: MakeEnv) -> None:
    """An aglet of 1.1 mm radius that rolls at 0.7 m/s turns at 640 rad/s about its own axis: random hands flick it so."""
    env = make_env()
    env.reset(seed=0)
    simulation = env.simulation
    address = simulation.model.joint("lace_left_aglet").dofadr[0] + axis
    simulation.data.qvel[address] = value
    simulation._watch(simulation.data.time)
    assert (simulation.divergence is not None) == diverges, simulation.divergence


def test_tensions_are_those_of_the_laces(make_env: MakeEnv) -> None:
    """MuJoCo itself says which rows of the constraint force belong to which lace."""
    env = make_env()
    env.reset(seed=0)
    env.step(_STILL)
    simulation, data = env.simulation, env.simulation.data
    tied = data.efc_type == mujoco.mjtConstraint.mjCNSTR_EQUALITY
    for lace, tensions in zip(simulation.scene.laces, simulation.tensions(), strict=True):
        stretched = simulation.model.eq_type == mujoco.mjtEq.mjEQ_FLEX
        (tie,) = np.flatnonzero(stretched & (simulation.model.eq_obj1id == lace.flex))
        np.testing.assert_array_equal(tensions, np.abs(data.efc_force[tied & (data.efc_id == tie)]))


def test_reset_forgets_a_divergence(make_env: MakeEnv) -> None:
    env = make_env()
    runs = []
    for corrupt in (False, True, False):
        env.reset(seed=0)
        if corrupt:
            env.simulation.data.qvel[:] = np.nan
        _, _, terminated, _, info = env.step(_STILL)
        assert terminated == info["diverged"] == corrupt
        runs.append(env.simulation.data.qpos.copy())
    np.testing.assert_array_equal(runs[0], runs[2])


def test_steps_like_bare_mujoco(make_env: MakeEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading observations, judging and remembering states leave the physics alone."""
    env = make_env()
    env.reset(seed=4)
    data = mujoco.MjData(env.simulation.model)
    data.qpos[:], data.ctrl[:] = env.simulation.data.qpos, env.simulation.data.ctrl
    data.qacc_warmstart[:] = env.simulation.data.qacc_warmstart
    recorded: list[Any] = []
    step = env.simulation.step

    def record(actuators: Any, rows: Any) -> None:
        recorded.append((actuators, rows))
        step(actuators, rows)

    monkeypatch.setattr(env.simulation, "step", record)
    for action in np.random.default_rng(0).uniform(-1, 1, (5, ACTION_SIZE)):
        env.step(action)
    for actuators, rows in recorded:
        for row in rows:
            data.ctrl[actuators] = row
            mujoco.mj_step(env.simulation.model, data)
    np.testing.assert_array_equal(data.qpos, env.simulation.data.qpos)
    np.testing.assert_array_equal(data.qvel, env.simulation.data.qvel)


def test_refuses_a_time_step_that_does_not_fit() -> None:
    scene = build(LaceParameters(), ShoeParameters(), timestep=0.003)
    with pytest.raises(TimeStepError, match=r"The control period 0.05 s is not a multiple of the time step 0.003 s"):
        Simulation(scene)
