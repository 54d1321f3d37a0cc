"""Calibration from what cameras and joints say: extrinsics and hand-eye by ArUco, joint offsets, delay.

Poses are homogeneous matrices (4, 4): `pose_b_in_a` maps points from frame b to frame a. Cameras are OpenCV's: x right, y
down, z forward. Needs OpenCV (`lacelab[openarm]`) where pictures are involved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from .drivers.vendors import vendor
from .exceptions import CalibrationError

Array = NDArray[np.float64]

DICTIONARY = "DICT_4X4_50"
_EXTRA = "openarm"
_LEAST_VIEWS = 5
_LEAST_TURN = 0.2  # rad
_METRES_PER_RADIAN = 0.05  # weighs errors of turn and shift as one picture of a marker has them


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera without distortion, or with OpenCV's coefficients.

    Attributes:
        matrix: (3, 3) [pixels].
        distortion: OpenCV's coefficients.
    """

    matrix: Array
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)


def intrinsics_of(fovy: float, width: int, height: int) -> Intrinsics:
    """Return the intrinsics of MuJoCo's camera with a vertical field of view [degrees]."""
    focal = height / 2 / np.tan(np.radians(fovy) / 2)
    return Intrinsics(np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]]))


def find_markers(image: NDArray[np.uint8]) -> dict[int, Array]:
    """Return the corners (4, 2) [pixels] of every marker in a picture (height, width, 3), by the marker's number."""
    cv2 = vendor("cv2", _EXTRA)
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_APRILTAG
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, DICTIONARY))
    corners, numbers, _ = cv2.aruco.ArucoDetector(dictionary, parameters).detectMarkers(image)
    found = [] if numbers is None else numbers.ravel().tolist()
    return {number: np.array(quad, float).reshape(4, 2) for number, quad in zip(found, corners, strict=True)}


def marker_corners(size: float) -> Array:
    """Return the corners (4, 3) of a marker of an edge length [m] in its own frame, in the detector's order."""
    half = size / 2
    return np.array([[-half, half, 0], [half, half, 0], [half, -half, 0], [-half, -half, 0]])


def camera_extrinsics(image: NDArray[np.uint8], intrinsics: Intrinsics, corners_in_world: dict[int, Array]) -> Array:
    """Return `pose_camera_in_world` from one picture of markers whose corners (4, 3) [m] are known.

    Raises:
        CalibrationError: no known marker is seen.
    """
    cv2 = vendor("cv2", _EXTRA)
    seen = find_markers(image)
    common = sorted(set(seen) & set(corners_in_world))
    if not common:
        raise CalibrationError(f"Markers seen: {sorted(seen)}. Known: {sorted(corners_in_world)}.")
    points = np.concatenate([corners_in_world[number] for number in common])
    pixels = np.concatenate([seen[number] for number in common])
    found, turn, shift = cv2.solvePnP(points, pixels, intrinsics.matrix, np.array(intrinsics.distortion))
    if not found:
        raise CalibrationError(f"The corners of markers {common} fit no camera pose.")
    pose: Array = np.linalg.inv(_pose(cv2.Rodrigues(turn)[0], shift.ravel())).astype(float)
    return pose


def marker_in_camera(image: NDArray[np.uint8], intrinsics: Intrinsics, number: int, size: float) -> Array:
    """Return `pose_marker_in_camera` of one marker of an edge length [m].

    Raises:
        CalibrationError: it is not seen.
    """
    world = camera_extrinsics(image, intrinsics, {number: marker_corners(size)})
    pose: Array = np.linalg.inv(world).astype(float)
    return pose


def hand_eye(tools_in_base: Sequence[Array], markers_in_camera: Sequence[Array]) -> Array:
    """Return `pose_camera_in_tool` of a wrist camera that looked at one fixed marker from many poses.

    Args:
        tools_in_base: where the tool was, by forward kinematics, (n, 4, 4).
        markers_in_camera: where the camera saw the marker, (n, 4, 4).

    Raises:
        CalibrationError: too few views, or the tool hardly turned.
    """
    tools, markers = np.array(tools_in_base), np.array(markers_in_camera)
    if len(tools) < _LEAST_VIEWS or len(tools) != len(markers):
        raise CalibrationError(f"{len(tools)} tool and {len(markers)} marker poses. Valid: as many, >= {_LEAST_VIEWS}.")
    turns = Rotation.from_matrix(tools[:, :3, :3] @ tools[0, :3, :3].T).as_rotvec()
    spread = np.ptp(turns, axis=0)
    if np.sort(spread)[1] < _LEAST_TURN:  # One axis leaves the shift along it open.
        raise CalibrationError(
            f"The tool turned by {spread.round(2)} rad. Turn it by {_LEAST_TURN} rad about two axes."
        )

    # Park and Martin (1994), over all pairs of views: A X = X B with the motions A of the tool and B of the marker.
    first, second = np.triu_indices(len(tools), 1)
    motion, seen = np.linalg.inv(tools[second]) @ tools[first], markers[second] @ np.linalg.inv(markers[first])
    logs = [Rotation.from_matrix(poses[:, :3, :3]).as_rotvec() for poses in (motion, seen)]
    rotation = Rotation.align_vectors(*logs)[0].as_matrix()
    rows = (motion[:, :3, :3] - np.eye(3)).reshape(-1, 3)
    shift = np.linalg.lstsq(rows, (seen[:, :3, 3] @ rotation.T - motion[:, :3, 3]).ravel(), rcond=None)[0]
    return _refine(_pose(rotation, shift), tools, markers)


def _refine(start: Array, tools: Array, markers: Array) -> Array:
    """Return the `pose_camera_in_tool` at which the views agree best on where the marker is, from a guess."""

    def residual(values: Array) -> Array:
        gaps = np.linalg.inv(_from_vector(values[6:])) @ tools @ _from_vector(values[:6]) @ markers
        turns = Rotation.from_matrix(gaps[:, :3, :3]).as_rotvec()
        return np.concatenate([gaps[:, :3, 3].ravel(), _METRES_PER_RADIAN * turns.ravel()])

    guess = np.concatenate([_to_vector(start), _to_vector(tools[0] @ start @ markers[0])])
    fit: Any = least_squares(residual, guess)
    return _from_vector(fit.x[:6])


def joint_offsets(
    forward: Callable[[Array], Array], joints: Array, positions: Array, limit: float = 0.2
) -> tuple[Array, float]:
    """Return what to add to the joints' readings [rad], and the error that is left [m].

    Args:
        forward: joint angles (j,) -> measured point or points, flat [m].
        joints: readings (n, j) [rad].
        positions: what was measured at them, by a camera or a gauge, (n, ...) [m].
        limit: larger offsets mean something else is wrong [rad].

    Raises:
        CalibrationError: the poses do not determine every offset, or one is beyond the limit.
    """
    measured = np.asarray(positions, float).reshape(len(joints), -1)

    def residual(offsets: Array) -> Array:
        predicted = np.array([np.asarray(forward(row + offsets)).ravel() for row in joints])
        return (predicted - measured).ravel()

    fit: Any = least_squares(residual, np.zeros(joints.shape[1]), x_scale=0.01)
    scale = np.linalg.svd(fit.jac, compute_uv=False)
    if scale[-1] < 1e-3 * scale[0]:
        raise CalibrationError(f"{len(joints)} poses do not determine {joints.shape[1]} offsets: vary all joints.")
    if np.abs(fit.x).max() > limit:
        raise CalibrationError(f"Offsets of {fit.x.round(3)} rad are beyond {limit} rad: check names and signs.")
    return fit.x, float(np.sqrt(np.mean(fit.fun**2)))


def delay(times: Array, commanded: Array, measured: Array, limit: float = 0.5) -> float:
    """Return by how much a measured signal lags a commanded one [s], to a fraction of a sample.

    The lag at which their rates of change agree best; a servo's own lag is part of it, the wire's is what is left over
    the lag at zero latency.

    Args:
        times: of both signals [s], (n,), rising.
        commanded: (n,).
        measured: (n,).
        limit: largest lag looked for [s].

    Raises:
        CalibrationError: the signals hardly move or are not alike.
    """
    step = float(np.median(np.diff(times)))
    grid = np.arange(times[0], times[-1], step / 2)
    rates = [np.gradient(np.interp(grid, times, signal), step / 2) for signal in (commanded, measured)]
    if min(np.ptp(commanded), np.ptp(measured)) < 1e-4 or np.abs(rates[0]).max() * step < 1e-6:
        raise CalibrationError("The signals hardly move: command some quick motion.")
    lags = np.arange(min(round(2 * limit / step), len(grid) // 2))
    scores = np.array([_alike(rates[0][: len(grid) - lag], rates[1][lag:]) for lag in lags])
    best = int(scores.argmax())
    if scores[best] < 0.5 or best == lags[-1]:
        raise CalibrationError(f"No lag up to {limit} s makes the signals alike (best {scores[best]:.2f}).")
    if best == 0:
        return 0.0
    left, middle, right = scores[best - 1 : best + 2]
    shift = 0.5 * (left - right) / (left - 2 * middle + right)
    return float((best + shift) * step / 2)


def _alike(first: Array, second: Array) -> float:
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second) + 1e-12))


def _from_vector(vector: Array) -> Array:
    """Return the pose of a rotation vector [rad] and a shift [m], (6,)."""
    return _pose(Rotation.from_rotvec(vector[:3]).as_matrix(), vector[3:])


def _to_vector(pose: Array) -> Array:
    return np.concatenate([Rotation.from_matrix(pose[:3, :3]).as_rotvec(), pose[:3, 3]])


def _pose(rotation: Any, shift: Any) -> Array:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, shift
    return pose
