"""What the cameras see."""

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from lacelab.envs.entities.cameras import POLICY_CAMERAS
from lacelab.envs.entities.fingertips import CLOSED_ANGLE
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import SIDES, Side


@pytest.fixture(scope="module")
def env() -> LacingEnv:
    """Make one environment."""
    env = LacingEnv("ThreadEyelet", difficulty="hard")
    env.reset(seed=0)
    return env


def _project(env: LacingEnv, name: str, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where points (n, 3) [m, world] are in a square picture, (n, 2) in [-1, 1] if they are in it."""
    camera = env.scene.model.camera(name).id
    data = env.simulation.data
    local = (points - data.cam_xpos[camera]) @ data.cam_xmat[camera].reshape(3, 3)
    half = np.tan(np.radians(env.scene.model.cam_fovy[camera]) / 2)
    return local[:, :2] / -local[:, 2:] / half


@pytest.mark.parametrize("seed", range(12))
def test_head_camera_sees_shoe_hands_and_aglets(env: LacingEnv, seed: int) -> None:
    env.reset(seed=seed)
    data, scene = env.simulation.data, env.scene
    points = [data.site_xpos[scene.eyelet_sites.ravel()], env.simulation.tool_pose()[0]]
    points += [lace.points(data)[-8:] for lace in scene.laces]
    assert np.abs(_project(env, "head", np.concatenate(points))).max() < 1.0


@pytest.mark.parametrize("side", SIDES)
def test_wrist_camera_sees_its_pads_and_what_lies_ahead(env: LacingEnv, side: Side) -> None:
    position, rotation = (pose[side.index] for pose in env.simulation.tool_pose())
    ahead = position + np.array([[0.0], [0.020], [0.035]]) * rotation[:, 0]
    assert np.abs(_project(env, f"openarm_v20/wrist_{side}", ahead)).max() < 0.7


@pytest.mark.parametrize("side", SIDES)
def test_hand_does_not_hide_the_tip_of_the_aglet_from_the_wrist_camera(env: LacingEnv, side: Side) -> None:
    model, data = env.scene.model, env.simulation.data
    data.qpos[env.scene.arms[side.index].finger_qpos] = side.sign * CLOSED_ANGLE
    mujoco.mj_forward(model, data)
    eye = data.cam_xpos[model.camera(f"openarm_v20/wrist_{side}").id]
    pinch, rotation = (pose[side.index] for pose in env.simulation.tool_pose())
    drawn, hit = np.array([1, 1, 0, 0, 0, 0], np.uint8), np.zeros(1, np.int32)
    for ahead in (0.010, 0.015, 0.020):
        to_aglet = pinch + ahead * rotation[:, 0] - eye
        distance = mujoco.mj_ray(model, data, eye, to_aglet, drawn, True, -1, hit)
        assert distance < 0 or distance > 1


def test_policy_cameras_are_mirror_images(env: LacingEnv) -> None:
    model, mirror = env.scene.model, np.diag([1.0, -1.0, 1.0])
    left, right = (model.camera(name) for name in POLICY_CAMERAS[1:])
    assert np.allclose(left.pos, mirror @ right.pos)
    assert np.allclose(_matrix(left.quat), mirror @ _matrix(right.quat) @ np.diag([-1.0, 1.0, 1.0]))


def _matrix(quaternion: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)
