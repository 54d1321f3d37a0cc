"""Where the centre lines of the laces pierce the disks of the eyelets, at one instant."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Crossings(NamedTuple):
    """Arrays of equal length, sorted by lace and, within a lace, from the anchor to the tip."""

    lace: IntArray  # 0 left, 1 right
    eyelet: IntArray  # index into the flattened (side, index) axes
    sign: IntArray  # +1 from outside to inside, walking from the anchor to the tip
    arc: FloatArray  # length of lace from the crossing to the tip [m]
    radius: FloatArray  # distance to the eyelet's centre [m]


def find_crossings(points: FloatArray, centres: FloatArray, axes: FloatArray, radius: FloatArray) -> Crossings:
    """Intersect polylines with disks.

    Args:
        points: `(laces, points, 3)` centre lines from the anchor to the tip [m].
        centres: `(eyelets, 3)` [m].
        axes: `(eyelets, 3)` unit normals out of the shoe.
        radius: `(eyelets,)` radii of the disks [m].
    """
    if points[:, :, 2].max() < (centres[:, 2] - radius).min():  # The laces lie lower than any eyelet.
        return _NONE
    outside = points @ axes.T > (centres * axes).sum(axis=1)
    lace, segment, eyelet = np.nonzero(outside[:, 1:] != outside[:, :-1])
    centre, axis = centres[eyelet], axes[eyelet]
    start = points[lace, segment] - centre
    edge = points[lace, segment + 1] - centre - start
    fraction = (start * axis).sum(axis=1) / -(edge * axis).sum(axis=1)
    offset = start + fraction[:, None] * edge
    distance = np.sqrt((offset * offset).sum(axis=1))
    near = np.flatnonzero(distance < radius[eyelet])
    lace, segment, eyelet = lace[near], segment[near], eyelet[near]
    sign = np.where(outside[lace, segment, eyelet], 1, -1)
    arc = _arc_to_tip(points, lace, segment, fraction[near])
    return Crossings(lace, eyelet, sign, arc, distance[near])


_NO_INT, _NO_FLOAT = np.zeros(0, np.int64), np.zeros(0)
_NONE = Crossings(_NO_INT, _NO_INT, _NO_INT, _NO_FLOAT, _NO_FLOAT)


def _arc_to_tip(points: FloatArray, lace: IntArray, segment: IntArray, fraction: FloatArray) -> FloatArray:
    """Return the length of lace from each place on a segment to the tip."""
    if lace.size == 0:
        return np.zeros(0)
    edges = points[:, 1:] - points[:, :-1]
    length = np.sqrt((edges * edges).sum(axis=2))
    to_tip = length[:, ::-1].cumsum(axis=1)[:, ::-1]
    return to_tip[lace, segment] - fraction * length[lace, segment]
