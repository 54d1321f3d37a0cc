"""How a lace lies at the start: a smooth random curve of exact length between the toe and its aglet.

A discrete elastica: edge headings that bend least while joining two poses, plus a random smooth curvature so that no
two episodes look alike. Solved by a few Newton steps on the closure constraint.
"""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def plane_curve(
    edges: Vector, start: Vector, end: Vector, headings: tuple[float, float], rest_curvature: Vector
) -> Vector | None:
    """Return vertices (edges + 1, 2) of a curve from `start` to `end` [m].

    Args:
        edges: edge lengths (edges,) [m].
        start: first vertex (2,) [m].
        end: last vertex (2,) [m].
        headings: wanted directions of the first and of the last edge [rad]; their difference, wound as given,
            decides on which way round the curve turns.
        rest_curvature: curvature at which the lace is unstressed, (edges - 1,) [1/m].

    Returns:
        The vertices, or None if the lace is too short or the solve does not close within 0.1 mm.
    """
    spacing = 0.5 * (edges[1:] + edges[:-1])
    count = len(edges)
    stiffness = _bending_matrix(spacing, count)
    stations = np.cumsum(edges) / edges.sum()
    heading = headings[0] + (headings[1] - headings[0]) * stations
    rest = np.zeros(count)
    rest[1:] += rest_curvature
    rest[:-1] -= rest_curvature
    rest[0] += _CLAMP * headings[0]
    rest[-1] += _CLAMP * headings[1]
    target = end - start
    for _ in range(60):
        cosine, sine = np.cos(heading), np.sin(heading)
        gap = target - np.array([edges @ cosine, edges @ sine])
        jacobian = np.stack([-edges * sine, edges * cosine])
        kkt = np.block([[stiffness, jacobian.T], [jacobian, np.zeros((2, 2))]])
        step = np.linalg.solve(kkt, np.concatenate([rest - stiffness @ heading, gap]))[:count]
        heading = heading + step * min(1.0, 0.4 / max(np.abs(step).max(), 1e-9))
        if np.abs(step).max() < 1e-6:
            break
    steps = edges[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    points = start + np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    return points if np.linalg.norm(points[-1] - end) < 1e-4 else None


_CLAMP = 2000.0  # stiffness of the end headings, in the units of _bending_matrix (1/m)


def _bending_matrix(spacing: Vector, count: int) -> Vector:
    matrix = np.zeros((count, count))
    index = np.arange(count - 1)
    matrix[index, index] += 1 / spacing
    matrix[index + 1, index + 1] += 1 / spacing
    matrix[index, index + 1] -= 1 / spacing
    matrix[index + 1, index] -= 1 / spacing
    matrix[0, 0] += _CLAMP
    matrix[-1, -1] += _CLAMP
    return matrix


def crosses(first: Vector, second: Vector | None = None) -> NDArray[np.intp]:
    """Return the crossings (n, 2) of edges i of `first` and j of `second` (or of itself), as index pairs."""
    other = first if second is None else second
    p, r = first[:-1, None], np.diff(first, axis=0)[:, None]
    q, s = other[None, :-1], np.diff(other, axis=0)[None]
    denominator = _cross(r, s)
    denominator = np.where(np.abs(denominator) < 1e-15, 1e-15, denominator)
    t, u = _cross(q - p, s) / denominator, _cross(q - p, r) / denominator
    hit = (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
    pairs = np.argwhere(hit)
    return pairs[pairs[:, 1] > pairs[:, 0] + 1] if second is None else pairs


def _cross(a: Vector, b: Vector) -> Vector:
    result: Vector = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return result
