import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from lacelab.envs.crossings import Crossings, find_crossings

_property = settings(deadline=None)
_CENTRES = np.array([[0.34, y, 0.418] for y in (0.045, -0.045)])
_AXES = np.array([[0.0, s * np.cos(0.26), np.sin(0.26)] for s in (1, -1)])
_RADIUS = np.full(2, 0.03)
_MIRROR = np.array([1.0, -1.0, 1.0])
_polylines = arrays(np.float64, (2, 9, 3), elements=st.floats(-0.0625, 0.0625, width=32), fill=st.nothing()).map(
    lambda p: p + _CENTRES.mean(0)
)


def _table(found: Crossings, decimals: int = 9) -> list[tuple[float, ...]]:
    rows = zip(
        found.lace, found.eyelet, found.sign, found.arc.round(decimals), found.radius.round(decimals), strict=True
    )
    return sorted(tuple(float(value) for value in row) for row in rows)


def _reference(points: NDArray[np.float64]) -> list[tuple[float, ...]]:
    """Walk every segment of every lace past every eyelet."""
    rows = []
    for lace, line in enumerate(points):
        lengths = np.linalg.norm(np.diff(line, axis=0), axis=1)
        for segment, eyelet in np.ndindex(len(line) - 1, len(_CENTRES)):
            a, b = ((line[segment + k] - _CENTRES[eyelet]) @ _AXES[eyelet] for k in (0, 1))
            if (a > 0) == (b > 0):
                continue
            t = a / (a - b)
            place = line[segment] + t * (line[segment + 1] - line[segment])
            radius = np.linalg.norm(place - _CENTRES[eyelet])
            if radius < _RADIUS[eyelet]:
                arc = (1 - t) * lengths[segment] + lengths[segment + 1 :].sum()
                rows.append((lace, eyelet, 1 if a > 0 else -1, arc.round(9), radius.round(9)))
    return sorted(tuple(map(float, row)) for row in rows)


def _robust(points: NDArray[np.float64]) -> bool:
    """Tell whether no vertex lies on a plane and no crossing on a rim or in a grazing segment."""
    height = (points[:, :, None] - _CENTRES).transpose(0, 2, 1, 3)
    height = np.einsum("lepi,ei->lep", height, _AXES)
    radius = find_crossings(points, _CENTRES, _AXES, 2 * _RADIUS).radius
    return bool(np.abs(height).min() > 1e-6 and np.all(np.abs(radius - _RADIUS[0]) > 1e-6))


@_property
@given(_polylines.filter(_robust))
def test_agrees_with_a_walk(points: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(_table(find_crossings(points, _CENTRES, _AXES, _RADIUS)), _reference(points), atol=2e-9)


@_property
@given(_polylines.filter(_robust))
def test_walking_the_other_way_flips_the_signs(points: NDArray[np.float64]) -> None:
    forth = find_crossings(points, _CENTRES, _AXES, _RADIUS)
    back = find_crossings(points[:, ::-1], _CENTRES, _AXES, _RADIUS)
    length = np.linalg.norm(np.diff(points, axis=1), axis=2).sum(axis=1)
    flipped = back._replace(sign=-back.sign, arc=length[back.lace] - back.arc)
    np.testing.assert_allclose(_table(flipped, 6), _table(forth, 6), atol=2e-6)


@_property
@given(_polylines.filter(_robust))
def test_mirror_image_gives_the_same_numbers_at_the_other_side(points: NDArray[np.float64]) -> None:
    here = find_crossings(points, _CENTRES, _AXES, _RADIUS)
    there = find_crossings(points[::-1] * _MIRROR, _CENTRES, _AXES, _RADIUS)
    swapped = there._replace(lace=1 - there.lace, eyelet=1 - there.eyelet)
    np.testing.assert_allclose(_table(swapped, 6), _table(here, 6), atol=2e-6)


@_property
@given(_polylines.filter(_robust), st.integers(0, 7))
def test_a_vertex_more_on_a_segment_changes_nothing(points: NDArray[np.float64], segment: int) -> None:
    middle = 0.37 * points[:, segment] + 0.63 * points[:, segment + 1]
    finer = np.insert(points, segment + 1, middle, axis=1)
    if _robust(finer):
        here, there = (find_crossings(p, _CENTRES, _AXES, _RADIUS) for p in (points, finer))
        np.testing.assert_allclose(_table(there, 6), _table(here, 6), atol=2e-6)


def test_sorted_from_anchor_to_tip() -> None:
    zigzag = [[0.34, 0.045 + 0.01 * (-1) ** i, 0.418 + 0.001 * i] for i in range(6)]
    found = find_crossings(np.array([zigzag, zigzag]), _CENTRES, _AXES, _RADIUS)
    assert found.lace.tolist() == [0] * 5 + [1] * 5
    assert found.sign.tolist() == [1, -1, 1, -1, 1] * 2
    assert np.all(np.diff(found.arc[:5]) < 0)


def test_no_crossing() -> None:
    far = np.full((2, 4, 3), 5.0)
    assert all(column.size == 0 for column in find_crossings(far, _CENTRES, _AXES, _RADIUS))
