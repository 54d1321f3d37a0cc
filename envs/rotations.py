"""Rotation vectors and matrices, and how long a vector may be."""

import mujoco
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rotation_matrix(vector: Array) -> Array:
    """Return the rotation matrix (3, 3) of a rotation vector (3,) [rad]."""
    quaternion, matrix = np.array([1.0, 0.0, 0.0, 0.0]), np.empty(9)
    mujoco.mju_quatIntegrate(quaternion, vector, 1.0)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)


def rotation_vector(matrix: Array) -> Array:
    """Return the rotation vector (3,) [rad] of a rotation matrix (3, 3)."""
    quaternion, vector = np.empty(4), np.empty(3)
    mujoco.mju_mat2Quat(quaternion, matrix.ravel())
    mujoco.mju_quat2Vel(vector, quaternion, 1.0)
    return vector


def shortened(vector: Array, most: float) -> Array:
    """Return a vector that points the same way and is no longer than `most`."""
    length = float(np.sqrt(vector @ vector))
    return vector if length <= most else vector * (most / length)
