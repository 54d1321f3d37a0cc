"""Smooth round laces."""

import numpy as np

from lacelab.envs.lace_drawing import smooth_curve


def test_curve_passes_through_the_vertices() -> None:
    points = np.random.default_rng(0).normal(size=(7, 3))
    curve = smooth_curve(points, 3)
    assert curve.shape == (19, 3)
    assert np.allclose(curve[::3], points)


def test_curve_of_a_circle_is_round() -> None:
    angle = np.linspace(0, np.pi, 13)
    points = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    radius = np.linalg.norm(smooth_curve(points, 4)[4:-4], axis=1)
    assert np.abs(radius - 1).max() < 1e-3


def test_straight_lace_stays_straight_and_even() -> None:
    points = np.outer(np.arange(4.0), [0.0, 1.0, 0.0])
    curve = smooth_curve(points, 2)
    assert np.allclose(np.diff(curve[:, 1]), 0.5) and not curve[:, [0, 2]].any()
