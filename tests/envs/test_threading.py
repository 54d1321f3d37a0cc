import timeit

import numpy as np
import pytest
from numpy.typing import NDArray

from lacelab.envs.spec import EYELETS_PER_SIDE, SIDES, Side
from lacelab.envs.threading import Threading, ThreadingDetector

Array = NDArray[np.float64]

_INNER_RADIUS = 0.003
_TILT = np.radians(15)
_POINTS = 31


def _shoe() -> tuple[Array, Array]:
    """Return centres and outward normals of the eyelets of a shoe like ours."""
    x = 0.34 + 0.025 * (1 - np.arange(EYELETS_PER_SIDE))
    centres = np.array([[[xi, side.sign * 0.045, 0.418] for xi in x] for side in SIDES])
    normals = np.array([[[0, s.sign * np.cos(_TILT), np.sin(_TILT)]] * EYELETS_PER_SIDE for s in SIDES])
    return centres, normals


_CENTRES, _AXES = _shoe()
_AWAY = np.array([0.0, 0.0, 1.0])  # a lace that is nowhere near


def _resampled(path: Array) -> Array:
    """Return points spread evenly over a path, corners included."""
    arc = np.concatenate([[0.0], np.linalg.norm(np.diff(path, axis=0), axis=1).cumsum()])
    even = np.linspace(0, arc[-1], _POINTS - len(path) + 2)
    places = np.sort(np.concatenate([even, arc[1:-1]]))
    return np.stack([np.interp(places, arc, column) for column in path.T], axis=1)


def _lace(side: Side, index: int, path: list[tuple[float, float]]) -> Array:
    """Return a lace in the frame of an eyelet.

    Args:
        side: Of the eyelet.
        index: Of the eyelet.
        path: Corners from anchor to tip: height along the outward normal, distance along x from the centre [m].
    """
    centre, axis = _CENTRES[side.index, index], _AXES[side.index, index]
    return _resampled(np.array([centre + height * axis + [along, 0.0, 0.0] for height, along in path]))


def _through(past: float, along: float = 0.0) -> Array:
    """Return a straight lace, `past` metres of 0.4 inside the shoe, at the left eyelet 1."""
    return _lace(Side.LEFT, 1, [(0.4 - past, along), (-past, along)])


def _both(left: Array | None = None, right: Array | None = None) -> Array:
    nowhere = _resampled(_AWAY + np.array([[0.0, 0.0, 0.0], [0.4, 0.0, 0.0]]))
    return np.stack([nowhere if left is None else left, nowhere if right is None else right])


def _reset(points: Array) -> tuple[ThreadingDetector, Threading]:
    detector = ThreadingDetector(_INNER_RADIUS)
    return detector, detector.reset(points, _CENTRES, _AXES)


def _run(laces: list[Array]) -> Threading:
    """Let the left lace be in the given places, tick by tick."""
    detector, threading = _reset(_both(laces[0]))
    for lace in laces[1:]:
        threading = detector.update(_both(lace), _CENTRES, _AXES)
    return threading


_GOAL = (0, 0, 1)  # left lace, left side, second eyelet


def test_straight_through() -> None:
    _, threading = _reset(_both(_through(0.06)))
    assert threading.net[_GOAL] == 1 and np.count_nonzero(threading.net) == 1
    assert threading.through[_GOAL] == pytest.approx(0.06) and np.count_nonzero(threading.through) == 1
    assert threading.invalid is None
    assert threading.net.shape == threading.through.shape == (2, 2, EYELETS_PER_SIDE)


@pytest.mark.parametrize("lace", SIDES)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("index", range(EYELETS_PER_SIDE))
def test_direction_at_every_eyelet(lace: Side, side: Side, index: int) -> None:
    sign = 1 if lace is side else -1
    line = _lace(side, index, [(sign * 0.3, 0.0), (-sign * 0.1, 0.0)])
    _, threading = _reset(_both(**{lace: line}))
    assert threading.net[lace.index, side.index, index] == sign and np.abs(threading.net).sum() == 1
    assert threading.through[lace.index, side.index, index] == pytest.approx(0.1)


def test_beside_the_hole_is_not_through() -> None:
    _, threading = _reset(_both(_through(0.06, along=0.005)))
    assert not threading.net.any() and not threading.through.any()


def test_three_crossings_of_a_loop_count_once_and_from_the_first() -> None:
    loop = _lace(Side.LEFT, 1, [(0.2, 0.0), (-0.02, -0.002), (0.02, 0.0), (-0.03, 0.002)])
    _, threading = _reset(_both(loop))
    assert threading.net[_GOAL] == 1
    assert threading.through[_GOAL] == pytest.approx(0.02 + 0.04 + 0.05, abs=1e-3)


def test_wrong_way_through_the_own_flap() -> None:
    _, threading = _reset(_both(_lace(Side.LEFT, 1, [(-0.2, 0.0), (0.04, 0.0)])))
    assert threading.net[_GOAL] == -1
    assert threading.through[_GOAL] == pytest.approx(0.04)


def test_pulling_in_and_out_at_hand_speed_is_valid() -> None:
    past = np.concatenate([np.arange(-0.02, 0.125, 0.0125), np.arange(0.125, -0.02, -0.0125)])
    detector, threading = _reset(_both(_through(past[0])))
    for length in past:
        threading = detector.update(_both(_through(length)), _CENTRES, _AXES)
        assert threading.through[_GOAL] == pytest.approx(max(length, 0.0), abs=1e-9)
    assert threading.invalid is None and not threading.net.any()


def test_a_released_lace_may_slip_out_faster_than_a_hand_moves() -> None:
    falling = 0.1 - 9.81 / 2 * (0.05 * np.arange(6)) ** 2
    assert _run([_through(length) for length in falling]).invalid is None
    assert _run([_through(0.09), _through(-0.02)]).invalid is None  # Snaps back at 2.2 m/s.


def test_a_lace_that_is_torn_out_while_its_tip_stays_is_invalid() -> None:
    """The same tick as above, but the far end is still where it was."""
    around = _lace(Side.LEFT, 1, [(0.31, 0.0), (0.01, 0.0), (0.01, 0.012), (-0.02, 0.012), (-0.09, 0.0)])
    assert _run([_through(0.09), around]).invalid is not None


@pytest.mark.parametrize("length", [0.005, 0.029])
def test_vanishing_and_appearing_near_the_tip_is_valid(length: float) -> None:
    threading = _run([_through(length), _through(-0.01), _through(length)])
    assert threading.invalid is None and threading.net[_GOAL] == 1


@pytest.mark.parametrize("before, after", [(0.1, None), (None, 0.1)])
def test_tunnelling_in_the_middle(before: float | None, after: float | None) -> None:
    laces = [_through(0.1, along=0.012) if past is None else _through(past) for past in (before, after)]
    threading = _run(laces)
    assert threading.invalid == (
        "The left lace tunnelled at the left eyelet 1: a crossing came or went 100 mm from its tip "
        "(allowed within 42 mm)."
    )


def test_teleported_lace_is_invalid() -> None:
    assert _run([_through(0.1), _through(-0.1)]).invalid is not None
    assert _run([_through(0.02), _through(0.3)]).invalid is not None


def test_invalid_stays_until_reset() -> None:
    detector, _ = _reset(_both(_through(0.1)))
    reason = detector.update(_both(), _CENTRES, _AXES).invalid
    assert reason is not None
    assert detector.update(_both(right=_through(0.2)), _CENTRES, _AXES).invalid == reason
    assert detector.reset(_both(_through(0.1)), _CENTRES, _AXES).invalid is None


def _bight(depth: float, tail: float = 0.1) -> Array:
    """Return a lace of which a loop is pushed in by `depth`, with about `tail` metres after it."""
    return _lace(Side.LEFT, 1, [(0.2, 0.0), (-depth, -0.001), (-depth, 0.001), (tail - depth, 0.002)])


def test_a_bight_may_come_and_go_and_nets_zero() -> None:
    detector, _ = _reset(_both(_bight(-0.01)))
    for depth in (0.004, 0.012, 0.004, -0.01):
        threading = detector.update(_both(_bight(depth)), _CENTRES, _AXES)
        assert threading.invalid is None and not threading.net.any() and not threading.through.any()


def test_a_bight_near_the_tip_is_a_pair_too() -> None:
    """One crossing is nearer than the tolerance, its partner farther."""
    assert _run([_bight(-0.01, 0.025), _bight(0.012, 0.025)]).invalid is None


def test_a_bight_whose_tail_follows_threads() -> None:
    tail = np.arange(0.1, -0.02, -0.0125)
    laces = [_bight(-0.01), *(_bight(0.02, tail=float(length)) for length in tail)]
    threading = _run(laces)
    assert threading.invalid is None
    assert threading.net[_GOAL] == 1 and threading.through[_GOAL] > 0.01


def test_losing_one_strand_of_a_bight_in_the_middle_is_tunnelling() -> None:
    torn = _lace(Side.LEFT, 1, [(0.2, 0.0), (-0.02, -0.001), (-0.02, 0.012), (0.1, 0.012)])
    assert _run([_bight(0.02), torn]).invalid is not None


def test_captured_crossing_is_followed_over_the_border() -> None:
    rng = np.random.default_rng(0)
    along = 0.0045 + rng.uniform(-0.001, 0.001, 200)
    detector, _ = _reset(_both(_through(0.1)))
    for offset in along:
        threading = detector.update(_both(_through(0.1, offset)), _CENTRES, _AXES)
        assert threading.net[_GOAL] == 1 and threading.invalid is None


def test_not_captured_at_the_border_until_inside() -> None:
    """An aglet that scrapes over the ring does not count before it is in the hole."""
    laces = [_through(length, 0.005) for length in (-0.01, 0.002, 0.006)]
    assert not _run(laces).net.any()
    assert _run([*laces, _through(0.008, 0.003)]).net[_GOAL] == 1


def test_torn_through_the_ring() -> None:
    assert _run([_through(0.1, offset) for offset in (0.0, 0.004, 0.0074)]).invalid is None
    assert _run([_through(0.1, offset) for offset in (0.0, 0.004, 0.0076)]).invalid is not None
    assert _run([_through(0.1, offset) for offset in (0.010, 0.006, 0.004)]).invalid is not None


def test_each_eyelet_has_its_own_radius() -> None:
    radius = np.full((2, EYELETS_PER_SIDE), 0.0025)
    radius[0, 1] = 0.004
    wide, narrow = ThreadingDetector(radius), ThreadingDetector(0.0025)
    lace = _both(_through(0.1, along=0.005))
    assert wide.reset(lace, _CENTRES, _AXES).net[_GOAL] == 1
    assert narrow.reset(lace, _CENTRES, _AXES).net[_GOAL] == 0


def test_a_moving_shoe_takes_its_crossings_along() -> None:
    detector, _ = _reset(_both(_through(0.1)))
    shift = np.array([0.03, -0.02, 0.0])
    threading = detector.update(_both(_through(0.1)) + shift, _CENTRES + shift, _AXES)
    assert threading.invalid is None and threading.net[_GOAL] == 1


def test_mirrored_episode_reports_mirrored_numbers() -> None:
    mirror = np.array([1.0, -1.0, 1.0])
    laces = [_both(_through(past), _lace(Side.LEFT, 0, [(-0.3, 0), (past, 0)])) for past in (-0.01, 0.01, 0.02)]
    here, there = ThreadingDetector(_INNER_RADIUS), ThreadingDetector(_INNER_RADIUS)
    here.reset(laces[0], _CENTRES, _AXES)
    there.reset(laces[0][::-1] * mirror, _CENTRES, _AXES)
    for lace in laces[1:]:
        a = here.update(lace, _CENTRES, _AXES)
        b = there.update(lace[::-1] * mirror, _CENTRES, _AXES)
        np.testing.assert_array_equal(b.net[::-1, ::-1], a.net)
        np.testing.assert_allclose(b.through[::-1, ::-1], a.through, atol=1e-12)
    assert len(here.state.tracks) == 2


def test_restored_state_goes_on_as_before() -> None:
    past = np.arange(0.09, -0.03, -0.02)
    laces = [_both(_through(float(length))) for length in past]
    detector, _ = _reset(laces[0])
    detector.update(laces[1], _CENTRES, _AXES)
    state = detector.state
    first = [detector.update(lace, _CENTRES, _AXES) for lace in laces[2:]]
    other = ThreadingDetector(_INNER_RADIUS)
    other.state = state
    for expected, lace in zip(first, laces[2:], strict=True):
        again = other.update(lace, _CENTRES, _AXES)
        np.testing.assert_array_equal(again.net, expected.net)
        np.testing.assert_array_equal(again.through, expected.through)
        assert again.invalid == expected.invalid


def test_fast_enough_for_every_tick() -> None:
    """About 60 microseconds on an idle core; the bound is loose for a busy one."""
    right = _lace(Side.RIGHT, 0, [(0.3, 0.0), (-0.02, -0.001), (0.02, 0.0), (-0.06, 0.001)])
    points = _both(_through(0.1), right)
    detector, _ = _reset(points)
    seconds = min(timeit.repeat(lambda: detector.update(points, _CENTRES, _AXES), number=50, repeat=20)) / 50
    assert seconds < 500e-6
