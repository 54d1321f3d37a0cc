"""The lace against closed forms: each experiment returns what was measured and what the closed form says."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_bvp
from scipy.optimize import brentq

from lacelab.envs.entities.lace import DENSITY, FINE_EDGE, RADIUS, LaceParameters, edge_lengths

from .lace_rig import GRAVITY, Rig

Vector = NDArray[np.float64]

_WEIGHT = DENSITY * GRAVITY  # N/m
_ACROSS = np.array([1.0, 0.0, 0.0])
_DOWN = np.array([0.0, 0.0, -1.0])


class Comparison(NamedTuple):
    """One measurement."""

    measured: float
    expected: float

    @property
    def error(self) -> float:
        """Relative deviation from the closed form."""
        return abs(self.measured / self.expected - 1.0)


def hanging_sag(span: float) -> Comparison:
    """Hang a lace between two points at equal height; compare its sag with the catenary's [m].

    Args:
        span: distance of the supports, relative to the length of the lace.
    """
    lace = LaceParameters()
    last = len(edge_lengths(lace.length))
    rig = Rig(lace, held=(last,))
    half = np.minimum(_stations(rig), lace.length - _stations(rig))
    points = np.outer(_stations(rig) * span, _ACROSS) + np.outer(half * np.sqrt(1 - span**2), _DOWN)
    rig.place(points, _ACROSS)
    rig.carry_aglet()
    rig.calm()
    rig.settle(6.0)
    x, height = rig.points[:, 0], rig.points[:, 2]
    supports = (height[0] + height[-1]) / 2
    return Comparison(supports - _lowest(x, height), catenary_sag(lace.length, x[-1] - x[0]))


def clamped_sag(edges: int) -> Comparison:
    """Clamp a lace so that the last few edges stick out level; compare the drop of the end with the elastica's [m].

    A hinge of a discrete rod stands for half an edge on either side, so the clamp is in the middle of the held edge.

    Args:
        edges: free edges of 10 mm.
    """
    lace = LaceParameters(length=0.16)
    clamp = len(edge_lengths(lace.length)) - edges
    rig = Rig(lace, held=(clamp - 1, clamp))
    rig.place(np.outer(_stations(rig), _ACROSS), _ACROSS)
    rig.carry_aglet()
    rig.calm()
    rig.settle(10.0)
    drop = rig.points[clamp, 2] - rig.points[-1, 2]
    return Comparison(drop, elastica_drop((edges + 0.5) * FINE_EDGE, lace.bending_stiffness))


def capstan_ratio(wrap: float, phase: float, radius: float = 0.02) -> Comparison:
    """Pull the lace's working end over a fixed drum, ever harder, until it slips; compare with exp(friction x wrap).

    Args:
        wrap: angle around the drum [rad].
        phase: where a vertex lies on the drum [m], 0 to 10 mm.
        radius: of the drum [m].
    """
    rig, slack, taut = _wound(wrap, phase, radius)
    rig.release_anchor()
    weight, ratio = 1.0, 1.0
    start = rig.points[-1].copy()
    rig.pull(rig.lace.aglet_body, weight * slack)
    for time in rig.run(8.0):
        ratio = 1.0 + 0.5 * max(0.0, time - 0.5)
        rig.pull(rig.lace.vertex_bodies[0], ratio * weight * taut)
        if time < 0.5:
            start = rig.points[-1].copy()
        elif np.linalg.norm(rig.points[-1] - start) > 0.003:
            break
    return Comparison(ratio, float(np.exp(rig.friction * wrap)))


def sliding_ratio(wrap: float, phase: float, radius: float = 0.02) -> Comparison:
    """Draw the lace over the drum at 10 mm/s against 1 N; compare the mean ratio of tensions with the capstan's.

    The mean is over one edge of 10 mm, after the stretch of the lace has been taken up.
    """
    rig, slack, taut = _wound(wrap, phase, radius)
    anchor, tensions = rig.points[0].copy(), []
    rig.pull(rig.lace.aglet_body, 1.0 * slack)
    for time in rig.run(2.6):
        travel = 0.010 * max(0.0, time - 0.4)
        rig.move_anchor(anchor + travel * taut)
        if travel > 0.012:
            tensions.append(rig.tensions[[2, 3, 4, -4, -3, -2]])
    ends = np.mean(tensions, axis=0).reshape(2, 3).mean(axis=1)
    return Comparison(ends[0] / ends[1], float(np.exp(rig.friction * wrap)))


def catenary_sag(length: float, span: float) -> float:
    """Return the sag of a flexible line between two points at equal height [m]."""
    a: float = brentq(lambda a: 2 * a * np.sinh(span / (2 * a)) - length, span / 40, 100 * span)  # pyright: ignore
    return float(a * (np.cosh(span / (2 * a)) - 1))


def elastica_drop(length: float, stiffness: float) -> float:
    """Return how far the end of a rod clamped level drops under its own weight [m].

    Args:
        length: free length [m].
        stiffness: EI [N m^2].
    """

    def slopes(s: Vector, y: Vector) -> Vector:
        return np.stack([y[1], -_WEIGHT * (length - s) * np.cos(y[0]) / stiffness])

    stations = np.linspace(0.0, length, 60)
    guess = np.stack([0.3 * stations / length, 0.3 * (1 - stations / length) / length])
    solution = solve_bvp(slopes, lambda a, b: np.array([a[0], b[1]]), stations, guess, tol=1e-8)
    fine = np.linspace(0.0, length, 2001)
    return float(np.trapezoid(np.sin(solution.sol(fine)[0]), fine))


def _stations(rig: Rig) -> Vector:
    return np.concatenate([[0.0], np.cumsum(rig.edges)])


def _lowest(x: Vector, height: Vector) -> float:
    """Return the lowest height of the parabola through the lowest vertex and its neighbours."""
    middle = int(height.argmin())
    near = slice(middle - 1, middle + 2)
    a, b, c = np.polyfit(x[near], height[near], 2)
    return float(c - b * b / (4 * a))


def _wound(wrap: float, phase: float, radius: float) -> tuple[Rig, Vector, Vector]:
    """Wind the fine part of a lace over a drum; return where its slack side (aglet) and its taut side (anchor) point."""
    rig = Rig(LaceParameters(), gravity=False, drum_radius=radius)
    bend = radius + RADIUS
    start = LaceParameters().length - 0.125 + phase
    angle = np.pi / 2 + wrap - np.clip((_stations(rig) - start) / bend, 0.0, wrap)
    before = np.minimum(_stations(rig) - start, 0.0)
    after = np.maximum(_stations(rig) - start - bend * wrap, 0.0)
    outward = np.stack([np.cos(angle), 0 * angle, np.sin(angle)], axis=1)
    along = np.stack([np.sin(angle), 0 * angle, -np.cos(angle)], axis=1)
    rig.place(bend * outward + (before + after)[:, None] * along, along[-1])
    rig.calm()
    return rig, along[-1], -along[0]
