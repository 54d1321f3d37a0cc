"""Slim printable fingertips that extend the maker's fingers (see assets/fingertips).

The native fingertip is 55 mm wide and cannot reach beside an eyelet. Each of ours is a stem of 60 mm that ends in an
8 mm wide, 14 mm long rubber pad; the pair is bent by 30 degrees about the hand's y axis, so that the hand stays clear
of the opposite flap, and toed in so that the pads touch, parallel, at a finger angle of 0.15 rad.
"""

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

LENGTH = 0.070  # m, from the root to the end of the pads
PAD_LENGTH = 0.014  # m
PAD_THICKNESS = 0.003  # m
WIDTH = 0.008  # m
BEND = -0.52  # rad about the hand's y axis
CLOSED_ANGLE = 0.15  # rad, finger angle at which the pads touch
PINCH_DEPTH = 0.004  # m, pinch centre behind the end of the pads
ROOT = np.array([-0.00143, 0.0, -0.16])  # m, in the hand frame (ee_base_link)
PAD_FRICTION = 1.2  # rubber on a plastic aglet
PAD_LEVER = 0.102 + 0.06 - PINCH_DEPTH  # m, finger pivot to pinch centre

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Box:
    """A box of one fingertip in the frame of its finger body."""

    name: str
    position: Vector
    quaternion: Vector
    half_size: Vector


def bend_rotation() -> Vector:
    """Return the rotation of the tool frame (pinch centre) in the hand frame, shape (3, 3)."""
    c, s = np.cos(BEND), np.sin(BEND)
    return np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])


def tool_position() -> Vector:
    """Return the pinch centre in the hand frame [m], shape (3,)."""
    return ROOT + bend_rotation() @ np.array([0.0, 0.0, -(LENGTH - PINCH_DEPTH)])


def _axis_rotation(axis: Vector, angle: float) -> Vector:
    quaternion, matrix = np.zeros(4), np.zeros(9)
    mujoco.mju_axisAngle2Quat(quaternion, axis, angle)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)


def boxes(pivot: Vector, axis: Vector, angle_sign: int) -> list[Box]:
    """Return stem and pad of one finger.

    Args:
        pivot: position of the finger body in the hand frame [m], shape (3,).
        axis: rotation axis of the finger joint, shape (3,).
        angle_sign: +1 if the finger opens with positive angles, else -1.
    """
    finger = _axis_rotation(axis, angle_sign * CLOSED_ANGLE)
    outward = np.sign(pivot[1])
    rotation = finger.T @ bend_rotation()
    quaternion = np.zeros(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(rotation).ravel())

    def box(name: str, start: float, end: float, inner: float, outer: float) -> Box:
        local = np.array([0.0, outward * (inner + outer) / 2, -(start + end) / 2])
        position = finger.T @ (ROOT + bend_rotation() @ local - pivot)
        return Box(name, position, quaternion, np.array([WIDTH, outer - inner, end - start]) / 2)

    stem_end = LENGTH - PAD_LENGTH + 0.001
    return [
        box("stem", 0.0, stem_end, 0.002, 0.008),
        box("pad", LENGTH - PAD_LENGTH, LENGTH, 0.0, PAD_THICKNESS),
    ]
