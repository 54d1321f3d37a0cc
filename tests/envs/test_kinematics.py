"""Inverse kinematics against mink's own solution, and its limits."""

import mink
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lacelab.envs.entities.openarms import VELOCITY_LIMIT
from lacelab.envs.kinematics import Kinematics, home
from lacelab.envs.rotations import rotation_matrix, rotation_vector
from lacelab.envs.spec import CONTROL_PERIOD, SIDES

_HOME = np.concatenate([home(side) for side in SIDES])


@pytest.fixture(scope="module")
def kinematics() -> Kinematics:
    """Compile the arms once."""
    return Kinematics()


def _by_mink(
    kinematics: Kinematics, joints: NDArray[np.float64], position: NDArray[np.float64], rotation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Solve the same problem with mink's own limits."""
    model = kinematics.model
    configuration = mink.Configuration(model, joints)
    tasks: list[mink.Task] = []
    for side, p, r in zip(SIDES, position, rotation, strict=True):
        task = mink.FrameTask(f"openarm_v20/{side}_tool", "site", 1.0, 0.1, lm_damping=1e-6)
        task.set_target(mink.SE3.from_rotation_and_translation(mink.SO3.from_matrix(r), p))
        tasks.append(task)
    posture = mink.PostureTask(model, cost=1e-3)
    posture.set_target(_HOME)
    speeds = {model.joint(i).name: VELOCITY_LIMIT for i in range(model.njnt)}
    limits = [mink.ConfigurationLimit(model), mink.VelocityLimit(model, speeds)]
    velocity = mink.solve_ik(configuration, [*tasks, posture], CONTROL_PERIOD, "daqp", damping=1e-5, limits=limits)
    return joints + velocity * CONTROL_PERIOD


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.01, 0.1, 1.0]))
def test_is_minks_solution_within_the_limits(kinematics: Kinematics, seed: int, distance: float) -> None:
    rng = np.random.default_rng(seed)
    low, high = kinematics.model.jnt_range.T
    joints = rng.uniform(low, high)
    position, rotation = kinematics.forward(joints)
    position = position + rng.uniform(-distance, distance, (2, 3))
    rotation = np.stack([r @ rotation_matrix(rng.uniform(-distance, distance, 3)) for r in rotation])
    solution = kinematics.solve(joints, position, rotation)
    assert (low - 1e-9 <= solution).all() and (solution <= high + 1e-9).all()
    assert np.abs(solution - joints).max() <= VELOCITY_LIMIT * CONTROL_PERIOD + 1e-9
    np.testing.assert_allclose(solution, _by_mink(kinematics, joints, position, rotation), atol=1e-5)


def test_reaches_a_near_pose(kinematics: Kinematics) -> None:
    position, rotation = kinematics.forward(_HOME)
    wanted = position + [0.02, 0.01, 0.03]
    joints = _HOME
    for _ in range(10):
        joints = kinematics.solve(joints, wanted, rotation)
    reached = kinematics.forward(joints)
    np.testing.assert_allclose(reached[0], wanted, atol=1e-4)
    np.testing.assert_allclose(reached[1], rotation, atol=2e-3)


def test_hands_at_home_are_mirror_images(kinematics: Kinematics) -> None:
    position, rotation = kinematics.forward(_HOME)
    mirror = np.diag([1.0, -1.0, 1.0])
    np.testing.assert_allclose(position[0], mirror @ position[1], atol=1e-12)
    np.testing.assert_allclose(rotation[0], mirror @ rotation[1] @ mirror, atol=1e-12)


@settings(deadline=None)
@given(st.lists(st.floats(-1.7, 1.7), min_size=3, max_size=3))
def test_rotation_vectors_and_matrices(vector: list[float]) -> None:
    matrix = rotation_matrix(np.array(vector))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(rotation_vector(matrix), vector, atol=1e-7)
