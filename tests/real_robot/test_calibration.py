"""Known truths are found again: in pictures drawn by projection, in poses, in joints, in signals."""

from typing import Any

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lacelab.envs.kinematics import Kinematics
from lacelab.real_robot.calibration import (
    camera_extrinsics,
    delay,
    find_markers,
    hand_eye,
    intrinsics_of,
    joint_offsets,
    marker_corners,
    marker_in_camera,
)
from lacelab.real_robot.exceptions import CalibrationError

_CAMERA = intrinsics_of(45.0, 640, 480)
_SIZE = 0.06  # m


def _pose(turn: Any, shift: Any) -> Any:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Rotation.from_rotvec(turn).as_matrix(), shift
    return pose


def _look_down(x: float = 0.0, y: float = 0.0, height: float = 0.5, tilt: float = 0.2) -> Any:
    return _pose([np.pi, 0, 0], [x, y, height]) @ _pose([tilt, tilt / 2, 0.1], [0, 0, 0])


def _draw(camera_in_world: Any, markers: dict[int, Any]) -> Any:
    """Return the picture of markers, given by their corners (4, 3) in the world, with a white edge each."""
    fine = 4  # drawn larger and averaged, as a lens does
    size = (640 * fine, 480 * fine)
    picture = np.full(size[::-1], 128, np.uint8)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    world_in_camera = np.linalg.inv(camera_in_world)
    for number, corners in markers.items():
        marker = cv2.aruco.generateImageMarker(dictionary, number, 480)
        tile = np.pad(marker, 60, constant_values=255)
        points = corners @ world_in_camera[:3, :3].T + world_in_camera[:3, 3]
        pixels = points @ _CAMERA.matrix.T
        target = ((pixels[:, :2] / pixels[:, 2:] + 0.5) * fine - 0.5).astype(np.float32)
        source = np.array([[59.5, 59.5], [539.5, 59.5], [539.5, 539.5], [59.5, 539.5]], np.float32)
        mapping = cv2.getPerspectiveTransform(source, target)
        where = cv2.warpPerspective(np.full_like(tile, 255), mapping, size) > 127
        picture[where] = cv2.warpPerspective(tile, mapping, size)[where]
    small = cv2.resize(picture, (640, 480), interpolation=cv2.INTER_AREA)
    return np.repeat(small[:, :, None], 3, axis=2)


def _distance(first: Any, second: Any) -> tuple[float, float]:
    """Return how far two poses are apart [m, rad]."""
    gap = np.linalg.inv(first) @ second
    return float(np.linalg.norm(gap[:3, 3])), float(Rotation.from_matrix(gap[:3, :3]).magnitude())


def test_finds_the_camera_in_the_world() -> None:
    markers = {i: marker_corners(_SIZE) + [0.1 * (i % 2), 0.08 * (i // 2), 0.0] for i in range(4)}
    truth = _look_down(0.05, 0.02)
    image = _draw(truth, markers)
    assert sorted(find_markers(image)) == [0, 1, 2, 3]
    shift, turn = _distance(camera_extrinsics(image, _CAMERA, markers), truth)
    assert shift < 0.0015
    assert turn < 0.002


def test_says_which_markers_it_saw() -> None:
    image = _draw(_look_down(), {7: marker_corners(_SIZE)})
    with pytest.raises(CalibrationError, match=r"Markers seen: \[7\]\. Known: \[1, 2\]"):
        camera_extrinsics(image, _CAMERA, {1: marker_corners(_SIZE), 2: marker_corners(_SIZE)})


def test_finds_the_camera_in_the_hand() -> None:
    truth = _pose([0.1, -0.2, 0.3], [0.02, -0.05, 0.04])
    marker = _pose([0, 0, 0.4], [0.3, 0.1, 0.2])
    corners = marker_corners(_SIZE) @ marker[:3, :3].T + marker[:3, 3]
    generator = np.random.default_rng(3)
    tools, seen = [], []
    for _ in range(12):
        turned = _pose([np.pi, 0, 0], [0, 0, 0]) @ _pose(generator.uniform(-0.4, 0.4, 3), [0, 0, 0])
        camera = _pose([0, 0, 0], marker[:3, 3]) @ turned @ _pose([0, 0, 0], [0.02, 0.01, -0.35])
        image = _draw(camera, {5: corners})
        tools.append(camera @ np.linalg.inv(truth))
        seen.append(marker_in_camera(image, _CAMERA, 5, _SIZE))
    shift, angle = _distance(hand_eye(tools, seen), truth)
    assert shift < 0.004
    assert angle < 0.01
    with pytest.raises(CalibrationError, match="2 tool and 2 marker poses"):
        hand_eye(tools[:2], seen[:2])
    with pytest.raises(CalibrationError, match="0.2 rad about two axes"):
        hand_eye([tools[0]] * 6, [seen[0]] * 6)


def test_finds_joint_offsets() -> None:
    kinematics = Kinematics()
    generator = np.random.default_rng(0)
    centre = kinematics.model.jnt_range.mean(axis=1)
    readings = centre + generator.uniform(-0.4, 0.4, (20, 14))
    truth = generator.uniform(-0.03, 0.03, 14)

    def forward(joints: Any) -> Any:
        position, rotation = kinematics.forward(joints)
        return np.concatenate([position, position + 0.1 * rotation[:, :, 0], position + 0.1 * rotation[:, :, 1]])

    measured = np.array([forward(row + truth) for row in readings]) + generator.normal(0, 2e-4, (20, 6, 3))
    found, left = joint_offsets(forward, readings, measured)
    np.testing.assert_allclose(found, truth, atol=1e-3)
    assert 1e-4 < left < 4e-4
    with pytest.raises(CalibrationError, match="vary all joints"):
        joint_offsets(forward, readings[[0, 0, 0]], measured[[0, 0, 0]])


@pytest.mark.parametrize("truth", [0.0, 0.013, 0.02, 0.1])
def test_finds_delays_to_a_fraction_of_a_sample(truth: float) -> None:
    times = np.arange(0.0, 4.0, 0.01)
    generator = np.random.default_rng(1)

    def signal(t: Any) -> Any:
        return 0.2 * np.sin(2 * t + 0.5 * np.sin(3 * t))

    measured = signal(times - truth) + generator.normal(0, 1e-5, len(times))
    assert delay(times, signal(times), measured) == pytest.approx(truth, abs=0.002)


def test_refuses_to_guess_delays() -> None:
    times = np.arange(0.0, 4.0, 0.01)
    with pytest.raises(CalibrationError, match="hardly move"):
        delay(times, 0 * times, 0 * times)
    noise = np.random.default_rng(0).normal(size=(2, len(times)))
    with pytest.raises(CalibrationError, match=r"No lag up to 0\.5 s"):
        delay(times, noise[0], noise[1])
