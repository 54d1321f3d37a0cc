"""Writes the printable fingertips from the same numbers as the simulated ones.

python -m lacelab.envs.entities.fingertip_stl
"""

from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

import lacelab.assets

from . import fingertip_mount, fingertips
from .fingertips import Box

FOLDER = Path(lacelab.assets.__path__[0]) / "fingertips"
NAMES = {1: "fingertip_plus_y.stl", -1: "fingertip_minus_y.stl"}
"""By the side of the hand's middle on which the finger is: left outer and right inner, left inner and right outer."""

_PIVOT = np.array([-0.00143, 0.018, -0.068])  # m, of the maker's finger on the side of positive y, in the hand frame
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("vertices", "<f4", (3, 3)), ("attribute", "<u2")])

Vector = NDArray[np.float64]


def solids(side: int) -> list[Box]:
    """Return stem, pad and mount of the fingertip on one side of the hand's middle, +1 or -1, in the finger's frame."""
    pivot = _PIVOT * [1.0, side, 1.0]
    return fingertips.boxes(pivot, np.array([-side, 0.0, 0.0]), -1) + fingertip_mount.boxes(side)


def triangles(box: Box) -> Vector:
    """Return the surface of a box (12, 3 corners, 3) [m], counter-clockwise seen from outside."""
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, box.quaternion)
    faces = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            first, second = np.eye(3)[(axis + 1) % 3], sign * np.eye(3)[(axis + 2) % 3]
            middle = sign * np.eye(3)[axis]
            a, b = middle - first - second, middle + first - second
            c, d = middle + first + second, middle - first + second
            faces += [[a, b, c], [a, c, d]]
    return box.position + (np.array(faces) * box.half_size) @ rotation.reshape(3, 3).T


def stl(side: int) -> bytes:
    """Return a fingertip as binary STL in millimetres, rounded to micrometres: the same bytes on every machine."""
    corners = np.concatenate([triangles(box) for box in solids(side)])
    records = np.zeros(len(corners), _TRIANGLE)
    records["vertices"] = np.round(corners * 1e3, 3) + 0.0  # no negative zeros
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    records["normal"] = np.round(normals, 6) + 0.0
    header = b"lacelab slim fingertip, millimetres, Apache-2.0".ljust(80)
    return header + len(records).to_bytes(4, "little") + records.tobytes()


def write() -> None:
    """Write both fingertips into the assets."""
    for side, name in NAMES.items():
        (FOLDER / name).write_bytes(stl(side))


if __name__ == "__main__":
    write()
