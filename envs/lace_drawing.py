"""Round laces for pictures: capsules along a smooth curve through the vertices."""

from collections.abc import Iterable
from itertools import pairwise

import mujoco
import numpy as np
from numpy.typing import NDArray

from .entities.lace import RADIUS, Lace

_PIECES = 3  # capsules an edge
_IDENTITY = np.eye(3).ravel()

Vector = NDArray[np.float64]


def draw_laces(scene: mujoco.MjvScene, model: mujoco.MjModel, data: mujoco.MjData, laces: Iterable[Lace]) -> None:
    """Add every lace to a scene, as far as it has room."""
    for lace in laces:
        curve = smooth_curve(data.xpos[lace.vertex_bodies], _PIECES)
        colour = model.flex_rgba[lace.flex]
        for start, end in pairwise(curve):
            if scene.ngeom < scene.maxgeom:
                _add_capsule(scene.geoms[scene.ngeom], start, end, colour)
                scene.ngeom += 1


def smooth_curve(points: Vector, pieces: int) -> Vector:
    """Return a Catmull-Rom spline through points (n, 3), sampled `pieces` times a segment."""
    ends = np.stack([2 * points[0] - points[1], 2 * points[-1] - points[-2]])
    p = np.concatenate([ends[:1], points, ends[1:]])
    p0, p1, p2, p3 = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    t = (np.arange(pieces) / pieces)[None, :, None]
    curve = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return np.concatenate([curve.reshape(-1, 3), points[-1:]])


def _add_capsule(geom: mujoco.MjvGeom, start: Vector, end: Vector, colour: NDArray[np.float32]) -> None:
    capsule = mujoco.mjtGeom.mjGEOM_CAPSULE
    mujoco.mjv_initGeom(geom, capsule, np.zeros(3), np.zeros(3), _IDENTITY, colour)
    mujoco.mjv_connector(geom, capsule, RADIUS, start, end)
