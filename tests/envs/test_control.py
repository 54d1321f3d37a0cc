"""From actions to set-points: how far, how fast, how precisely."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shared_worlds import MakeEnv

from lacelab.envs.control import Controller, finger_angle
from lacelab.envs.entities import fingertips
from lacelab.envs.entities.openarms import VELOCITY_LIMIT
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE, CONTROL_PERIOD, TRANSLATION_SCALE

_STILL = np.zeros(ACTION_SIZE)


def _controller(make_env: MakeEnv) -> Controller:
    env = make_env()
    return Controller(env.scene.model, env.scene.arms, env.simulation.substeps)


def _command(controller: Controller, action: NDArray[np.float64]) -> NDArray[np.float64]:
    """Command as if the arms were where they should be."""
    state = controller.state
    return controller.command(action, state.position.copy(), state.rotation.copy())


def test_a_translation_moves_the_target_in_the_tools_own_frame(make_env: MakeEnv) -> None:
    controller = _controller(make_env)
    start = controller.state.copy()
    action = _STILL.copy()
    action[:3] = [0.5, -0.2, 0.3]
    _command(controller, action)
    np.testing.assert_allclose(
        controller.state.position[0] - start.position[0], start.rotation[0] @ action[:3] * TRANSLATION_SCALE, atol=1e-12
    )
    np.testing.assert_array_equal(controller.state.position[1], start.position[1])
    np.testing.assert_allclose(controller.state.rotation, start.rotation, atol=1e-12)


def test_set_points_reach_the_target_within_the_tick_and_rest_there(make_env: MakeEnv) -> None:
    controller = _controller(make_env)
    action = np.random.default_rng(0).uniform(-0.5, 0.5, ACTION_SIZE)
    rows = _command(controller, action)
    assert rows.shape == (make_env().simulation.substeps, 16)
    for _ in range(40):
        rows = _command(controller, _STILL)
    np.testing.assert_allclose(rows[:, :-2], np.tile(controller.state.joints, (len(rows), 1)), atol=1e-4)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_limits_hold_whatever_is_asked(make_env: MakeEnv, seed: int) -> None:
    """Joint ranges and velocities; targets do not run away from what the arms can reach."""
    controller = _controller(make_env)
    low, high = controller.kinematics.model.jnt_range.T
    push = np.sign(np.random.default_rng(seed).uniform(-1, 1, ACTION_SIZE))
    for _ in range(60):
        before = controller.state.joints
        _command(controller, push)
        joints = controller.state.joints
        assert (low - 1e-9 <= joints).all() and (joints <= high + 1e-9).all()
        assert np.abs(joints - before).max() <= VELOCITY_LIMIT * CONTROL_PERIOD + 1e-9
        reached, _ = controller.kinematics.forward(joints)
        assert np.linalg.norm(controller.state.position - reached, axis=1).max() <= 0.0101


def test_fingers_squeeze_touch_and_open() -> None:
    angles = [finger_angle(opening) for opening in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    assert angles[2] == fingertips.CLOSED_ANGLE and (np.diff(angles) > 0).all()


def test_a_closed_gripper_presses_with_the_grip_force(make_env: MakeEnv) -> None:
    env = make_env()
    env.reset(seed=0)
    action = _STILL.astype(np.float32)
    action[ACTION_PER_ARM - 1] = -1.0
    for _ in range(20):
        env.step(action)
    assert _pad_force(env) == pytest.approx(8.0, rel=0.15)


def _pad_force(env: LacingEnv) -> float:
    """Return the normal force between the pads of the left hand [N]."""
    data, pads = env.simulation.data, set(env.scene.arms[0].pads)
    rows = [i for i in range(data.ncon) if set(data.contact.geom[i].tolist()) == pads]
    return float(sum(data.efc_force[data.contact.efc_address[row]] for row in rows))


def test_slow_motion_is_tracked_to_a_fraction_of_a_millimetre(make_env: MakeEnv) -> None:
    """30 mm/s upwards with both hands, measured against the commanded tool poses (physics: median 0.07 mm)."""
    env = make_env()
    env.reset(seed=0)
    action = _STILL.astype(np.float32)
    up = env.controller.state.rotation.transpose(0, 2, 1) @ np.array([0.0, 0.0, 0.03 * CONTROL_PERIOD])
    action[:3], action[7:10] = up / TRANSLATION_SCALE
    errors = []
    for _ in range(30):
        observation, *_ = env.step(action)
        errors.append(np.linalg.norm(observation["tool_position"] - observation["target_position"], axis=1).max())
    assert np.median(errors[10:]) < 2e-4 and max(errors[10:]) < 1e-3
