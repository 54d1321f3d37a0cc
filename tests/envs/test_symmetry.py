import subprocess
import sys
from typing import Any

import mujoco
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from openarm_mujoco.v2 import openarm_bimanual_xml

from lacelab.envs import language, symmetry
from lacelab.envs.exceptions import ParameterError, UnknownNameError
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE, ARM_JOINTS, IMAGE_SIZE, PIXEL_KEYS, SIDES, STATE_KEYS, Side

_property = settings(deadline=None, max_examples=30)
_seeds = st.integers(0, 2**32 - 1)
_batches = st.sampled_from([(), (1,), (4,), (2, 3)])
_MIRROR = np.diag([1.0, -1.0, 1.0])
_TEXT = "thread the left lace through the second hole on the right"


def _observation(seed: int, batch: tuple[int, ...] = ()) -> dict[str, NDArray[Any]]:
    """Return random state and pixels of the right shapes and types."""
    rng = np.random.default_rng(seed)
    state: dict[str, NDArray[Any]] = {
        name: rng.normal(size=(*batch, *key.shape)).astype(key.dtype) for name, key in STATE_KEYS.items()
    }
    state["instruction"] = np.broadcast_to(language.encode(_TEXT), (*batch, 16)).copy()
    shape = (*batch, IMAGE_SIZE, IMAGE_SIZE, 3)
    return state | {name: rng.integers(0, 256, shape, np.uint8) for name in PIXEL_KEYS}


def _rotation(seed: int) -> NDArray[np.float64]:
    """Return a random rotation matrix."""
    quaternion = np.random.default_rng(seed).normal(size=4)
    matrix = np.empty(9)
    mujoco.mju_quat2Mat(matrix, quaternion / np.linalg.norm(quaternion))
    return matrix.reshape(3, 3)


def _columns(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    return rotation[:, :2].T.ravel()


@_property
@given(_seeds, _batches)
def test_observation_twice_is_identity(seed: int, batch: tuple[int, ...]) -> None:
    observation = _observation(seed, batch)
    once = symmetry.mirror_observation(observation)
    twice = symmetry.mirror_observation(once)
    for name, value in observation.items():
        assert once[name].shape == value.shape and once[name].dtype == value.dtype
        assert not np.array_equal(once[name], value)
        np.testing.assert_array_equal(twice[name], value)


@_property
@given(_seeds, st.sampled_from([(), (8,), (3, 8)]))
def test_action_twice_is_identity(seed: int, batch: tuple[int, ...]) -> None:
    action = np.random.default_rng(seed).uniform(-1, 1, (*batch, ACTION_SIZE)).astype(np.float32)
    mirrored = symmetry.mirror_action(action)
    assert mirrored.dtype == np.float32 and mirrored.shape == action.shape
    np.testing.assert_array_equal(symmetry.mirror_action(mirrored), action)


@_property
@given(_seeds)
def test_batches_mirror_like_their_members(seed: int) -> None:
    batch = _observation(seed, (3,))
    mirrored = symmetry.mirror_observation(batch)
    for i in range(3):
        member = symmetry.mirror_observation({name: value[i] for name, value in batch.items()})
        for name in batch:
            np.testing.assert_array_equal(mirrored[name][i], member[name])


def test_every_state_key_has_a_mirror() -> None:
    assert set(symmetry.mirror_observation(_observation(0))) == {*STATE_KEYS, *PIXEL_KEYS}


@_property
@given(_seeds)
def test_mirrored_rotations_are_rotations(seed: int) -> None:
    rotations = _rotation(seed), _rotation(seed + 1)
    columns = np.stack([_columns(rotation) for rotation in rotations])
    mirrored = symmetry.STATE_MIRRORS["tool_rotation"](columns).reshape(2, 2, 3)
    for side, rotation in enumerate(reversed(rotations)):
        x, y = mirrored[side]
        matrix = np.stack([x, y, np.cross(x, y)], axis=1)
        assert np.linalg.det(matrix) == pytest.approx(1.0)
        np.testing.assert_allclose(matrix, _MIRROR @ rotation @ _MIRROR, atol=1e-12)


@_property
@given(_seeds)
def test_mirrored_action_moves_the_mirrored_hand_to_the_mirrored_place(seed: int) -> None:
    """Apply a step in the frame of the left tool, and the mirrored step in that of the mirrored right one."""
    rng = np.random.default_rng(seed)
    rotation, position, action = _rotation(seed), rng.normal(size=3), rng.uniform(-1, 1, ACTION_SIZE)
    step = action[:ACTION_PER_ARM]
    mirrored = symmetry.mirror_action(action)[ACTION_PER_ARM:]
    there = _moved(_MIRROR @ position, _MIRROR @ rotation @ _MIRROR, mirrored)
    here = _moved(position, rotation, step)
    np.testing.assert_allclose(there[0], _MIRROR @ here[0], atol=1e-12)
    np.testing.assert_allclose(there[1], _MIRROR @ here[1] @ _MIRROR, atol=1e-12)
    assert mirrored[6] == step[6]


def _moved(position: NDArray[Any], rotation: NDArray[Any], step: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the pose after a step in the tool's own frame."""
    quaternion, turn = np.empty(4), np.empty(9)
    mujoco.mju_axisAngle2Quat(quaternion, step[3:6] / np.linalg.norm(step[3:6]), np.linalg.norm(step[3:6]))
    mujoco.mju_quat2Mat(turn, quaternion)
    return position + rotation @ step[:3], rotation @ turn.reshape(3, 3)


def test_numbers_of_each_quantity() -> None:
    observation = _observation(0)
    mirrored = symmetry.mirror_observation(observation)
    left, right = (observation["joint_position"][i] for i in (0, 1))
    np.testing.assert_array_equal(mirrored["joint_position"][1], left * [-1, -1, -1, 1, -1, -1, -1])
    np.testing.assert_array_equal(mirrored["joint_position"][0], right * [-1, -1, -1, 1, -1, -1, -1])
    np.testing.assert_array_equal(mirrored["lace_points"][1, 4], observation["lace_points"][0, 4] * [1, -1, 1])
    np.testing.assert_array_equal(mirrored["eyelet_axis"][0, 2], observation["eyelet_axis"][1, 2] * [1, -1, 1])
    np.testing.assert_array_equal(mirrored["gripper_opening"], observation["gripper_opening"][::-1])
    for name in ("threaded", "pulled_through"):
        np.testing.assert_array_equal(mirrored[name], observation[name][::-1, ::-1])


def test_action_numbers() -> None:
    action = np.arange(1.0, 15.0)
    expected = [8, -9, 10, -11, 12, -13, 14, 1, -2, 3, -4, 5, -6, 7]
    assert symmetry.mirror_action(action).tolist() == expected


def test_images_flip_and_wrists_swap() -> None:
    observation = {name: value for name, value in _observation(0).items() if name in PIXEL_KEYS}
    mirrored = symmetry.mirror_observation(observation)
    np.testing.assert_array_equal(mirrored["head"], observation["head"][:, ::-1])
    np.testing.assert_array_equal(mirrored["wrist_left"], observation["wrist_right"][:, ::-1])
    np.testing.assert_array_equal(mirrored["wrist_right"], observation["wrist_left"][:, ::-1])


def test_instruction_and_tokens() -> None:
    mirrored = symmetry.mirror_instruction(_TEXT)
    assert language.parse(mirrored) == EyeletGoal(Side.RIGHT, Side.LEFT, 1)
    tokens = symmetry.mirror_observation({"instruction": language.encode(_TEXT)})["instruction"]
    assert language.decode(tokens) == mirrored


def test_source_is_left_alone() -> None:
    observation = _observation(0)
    copy = {name: value.copy() for name, value in observation.items()}
    for value in symmetry.mirror_observation(observation).values():
        value += 1
    for name, value in copy.items():
        np.testing.assert_array_equal(observation[name], value)


def test_unknown_key_and_wrong_shape() -> None:
    with pytest.raises(UnknownNameError, match="Unknown observation key 'heads'. Did you mean 'head'"):
        symmetry.mirror_observation({"heads": np.zeros(3)})
    with pytest.raises(ParameterError, match=r"what is mirrored is \(7,\). Valid: any that ends in \(14,\)"):
        symmetry.mirror_action(np.zeros(7))
    with pytest.raises(ParameterError, match=r"Valid: any that ends in \(2, 3\)"):
        symmetry.mirror_observation({"tool_position": np.zeros(3)})


def test_tensors_mirror_like_arrays() -> None:
    torch = pytest.importorskip("torch")
    arrays = _observation(0, (2,))
    expected = symmetry.mirror_observation(arrays)
    mirrored = symmetry.mirror_observation({name: torch.as_tensor(value) for name, value in arrays.items()})
    for name, value in mirrored.items():
        assert isinstance(value, torch.Tensor)
        np.testing.assert_array_equal(value.numpy(), expected[name])
    action = torch.rand(5, 8, ACTION_SIZE)
    np.testing.assert_array_equal(symmetry.mirror_action(action).numpy(), symmetry.mirror_action(action.numpy()))


def test_channels_first_images() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(3, 2, 4)
    mirrored = symmetry.mirror_observation({"head": image}, width_axis=-1)["head"]
    np.testing.assert_array_equal(mirrored, image[:, :, ::-1])


def test_import_needs_no_torch() -> None:
    code = "import sys, lacelab.envs.symmetry; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture(scope="module")
def arms() -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_path(str(openarm_bimanual_xml()))


def _pose_arms(model: mujoco.MjModel, joints: NDArray[Any]) -> mujoco.MjData:
    """Return the kinematics at joint angles of shape (2, 7)."""
    data = mujoco.MjData(model)
    for side in SIDES:
        for joint in range(ARM_JOINTS):
            data.joint(f"openarm_{side}_joint{joint + 1}").qpos = joints[side.index, joint]
    mujoco.mj_kinematics(model, data)
    return data


@_property
@given(seed=_seeds)
def test_mirrored_joints_put_the_makers_arms_in_mirrored_poses(arms: mujoco.MjModel, seed: int) -> None:
    joints = np.random.default_rng(seed).uniform(-1.5, 1.5, (2, ARM_JOINTS))
    here = _pose_arms(arms, joints)
    there = _pose_arms(arms, symmetry.STATE_MIRRORS["joint_position"](joints))
    for link in (*(f"link{i}" for i in range(1, 7)), "ee_base_link"):
        for side in SIDES:
            one, other = here.body(f"openarm_{side}_{link}"), there.body(f"openarm_{side.other}_{link}")
            np.testing.assert_allclose(other.xpos, _MIRROR @ one.xpos, atol=1e-9)
            mirrored = _MIRROR @ one.xmat.reshape(3, 3) @ _MIRROR
            np.testing.assert_allclose(other.xmat.reshape(3, 3), mirrored, atol=1e-9)


def test_joint_signs_follow_from_the_makers_axes(arms: mujoco.MjModel) -> None:
    for joint, sign in enumerate(symmetry.JOINT_SIGNS, 1):
        left, right = (arms.joint(f"openarm_{side}_joint{joint}") for side in SIDES)
        np.testing.assert_array_equal(right.axis, sign * -_MIRROR @ left.axis)
        np.testing.assert_allclose(np.sort(sign * left.range), right.range, atol=1e-9)
