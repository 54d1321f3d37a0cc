"""Where shoe and laces lie at the start, drawn by difficulty."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .entities.arena import SHOE_X, TABLE_HEIGHT
from .entities.lace import RADIUS, edge_lengths
from .entities.shoe import ShoeParameters, anchor_position
from .lace_shapes import crosses, plane_curve
from .spec import SIDES, Side

Vector = NDArray[np.float64]

_WOBBLE = 5.0  # 1/m, deviation of the laces' random curvature
_DROP = (0.045, 0.045)  # m of lace: level over the sole, then down to the mat
_RISE = 0.15  # m of lace from the mat up to a hand
_FLOOR = TABLE_HEIGHT + RADIUS
_KEEP_OUT = np.array([[0.275, -0.075], [0.385, 0.075]])  # m, the shoe, which no lace on the mat may touch


@dataclass(frozen=True)
class Layout:
    """Ranges of poses of one difficulty.

    Attributes:
        eyelet_diameter: inner diameter [m].
        shift: largest displacement of the shoe in x and y [m].
        turn: largest heading of the shoe [rad].
        size: range of the shoe's scale.
        pitch: range of the eyelets' pitch at size 1 [m].
        back_x, back_y: where the back of an aglet lies, y outward from the mirror plane [m].
        heading: direction of the aglet, 0 forward, positive inward [rad].
        far_side: probability that a lace lies on the side of the other arm, across the other lace.
        outward: probability that a lace on its own side points outward, as one that has been dragged back does.
        hold_height: of an aglet that starts in hand, above the mat [m].
    """

    eyelet_diameter: float
    shift: float
    turn: float
    size: tuple[float, float] = (1.0, 1.0)
    pitch: tuple[float, float] = (0.025, 0.025)
    back_x: tuple[float, float] = (0.26, 0.31)
    back_y: tuple[float, float] = (0.14, 0.18)
    heading: tuple[float, float] = (np.radians(15.0), np.radians(55.0))
    far_side: float = 0.0
    outward: float = 0.0
    hold_height: tuple[float, float] = (0.06, 0.09)


LAYOUTS = {
    "easy": Layout(0.008, 0.005, np.radians(5.0), back_x=(0.27, 0.30), back_y=(0.15, 0.17)),
    "standard": Layout(0.006, 0.010, np.radians(10.0)),
    "hard": Layout(
        0.005,
        0.012,
        np.radians(12.0),
        size=(0.94, 1.06),
        pitch=(0.0235, 0.0265),
        back_x=(0.25, 0.32),
        back_y=(0.135, 0.19),
        heading=(np.radians(5.0), np.radians(65.0)),
        far_side=0.15,
    ),
}


SCATTERED = {
    "back_x": (0.21, 0.35),
    "back_y": (0.085, 0.235),
    "heading": (np.radians(-10.0), np.radians(85.0)),
    "outward": 0.5,
}
"""Ranges of a layout in which laces lie where they end up in a shoe that is half laced: 96 demonstrations of LaceShoe."""


@dataclass(frozen=True)
class Placement:
    """Where everything is. Index 0 of a pair is the left one."""

    shoe: ShoeParameters
    shoe_position: tuple[float, float]  # m
    shoe_heading: float  # rad about z
    lace_points: tuple[Vector, Vector]  # (vertices, 3) each [m]
    aglet_axes: tuple[Vector, Vector]  # (3,) each

    def mirrored(self) -> "Placement":
        """Return the mirror image about y = 0."""
        flip = np.array([1.0, -1.0, 1.0])
        return Placement(
            self.shoe,
            (self.shoe_position[0], -self.shoe_position[1]),
            -self.shoe_heading,
            (self.lace_points[1] * flip, self.lace_points[0] * flip),
            (self.aglet_axes[1] * flip, self.aglet_axes[0] * flip),
        )


@dataclass(frozen=True)
class _Route:
    """How one lace lies, drawn as if on the left; `sign` mirrors it."""

    edges: Vector  # (edges,) [m]
    anchor: Vector  # (3,) in the world [m]
    back: Vector  # (2,) of the aglet, y outward [m]
    headings: tuple[float, float]  # of the first and the last edge [rad]
    wobble: Vector  # (edges - 1,) curvature [1/m]
    sign: int

    def stations(self) -> Vector:
        """Return the arc length of every vertex [m]."""
        return np.concatenate([[0.0], np.cumsum(self.edges)])

    def heights(self) -> Vector:
        """Return the height of every vertex of a lace that lies: level over the sole, then down to the mat [m]."""
        fall = np.clip(1 - (self.stations() - _DROP[0]) / _DROP[1], 0.0, 1.0)
        return _FLOOR + (self.anchor[2] - _FLOOR) * fall

    def points(self, heights: Vector) -> Vector | None:
        """Return the vertices (vertices, 3) [m] at given heights; None if they hit the shoe or each other."""
        level = np.sqrt(self.edges**2 - np.diff(heights) ** 2)
        flip = np.array([1.0, self.sign])
        curve = plane_curve(level, self.anchor[:2] * flip, self.back, self.headings, self.wobble)
        if curve is None or len(crosses(curve)) or _hits_shoe(curve):
            return None
        return np.column_stack([curve * flip, heights])

    def axis(self) -> Vector:
        """Return the direction of the aglet (3,)."""
        return np.array([np.cos(self.headings[1]), np.sin(self.headings[1]) * self.sign, 0.0])


def draw(rng: np.random.Generator, layout: Layout, length: float, held: tuple[Side, float] | None) -> Placement | None:
    """Draw shoe and laces.

    Args:
        rng: source of randomness.
        layout: ranges.
        length: of the laces [m].
        held: a lace that starts in the hand of its own side, and its height there above the mat [m].

    Returns:
        None if a lace crosses itself, the other one or the shoe where it must not.
    """
    shoe = ShoeParameters(
        size=float(rng.uniform(*layout.size)),
        eyelet_diameter=layout.eyelet_diameter,
        pitch=float(rng.uniform(*layout.pitch)),
    )
    shift = rng.uniform(-layout.shift, layout.shift, 2)
    heading = float(rng.uniform(-layout.turn, layout.turn))
    far = bool(rng.random() < layout.far_side) and held is None
    position = (SHOE_X + float(shift[0]), float(shift[1]))
    anchors = [_in_world(anchor_position(shoe, side), position, heading) for side in SIDES]
    left, right = (_draw_route(rng, layout, length, anchors[side.index], side, far) for side in SIDES)
    points = _lay(left, right, far, held)
    if points is None:
        return None
    return Placement(shoe, position, heading, points, (left.axis(), right.axis()))


def _in_world(point: Vector, position: tuple[float, float], heading: float) -> Vector:
    c, s = np.cos(heading), np.sin(heading)
    x, y, z = point
    return np.array([position[0] + c * x - s * y, position[1] + s * x + c * y, TABLE_HEIGHT + z])


def _draw_route(
    rng: np.random.Generator, layout: Layout, length: float, anchor: Vector, side: Side, far: bool
) -> _Route:
    edges = edge_lengths(length)
    heading = -float(rng.uniform(*layout.heading))
    back = np.array([rng.uniform(*layout.back_x), rng.uniform(*layout.back_y)])
    wobble = np.convolve(rng.normal(0.0, _WOBBLE * 3, len(edges) + 7), np.ones(9) / 9, "valid")
    if far:  # It leaves towards the toe, and lies as the other hand has put it down: the tip points outward.
        return _Route(edges, anchor, back, (np.pi / 2 - 0.6, heading + np.pi), wobble, side.other.sign)
    if layout.outward and rng.random() < layout.outward:  # without any nothing is drawn: seeds stay what they were
        return _Route(edges, anchor, back, (np.pi / 2, heading + np.pi), wobble, side.sign)
    return _Route(edges, anchor, back, (np.pi / 2, heading + 2 * np.pi), wobble, side.sign)


def _lay(left: _Route, right: _Route, far: bool, held: tuple[Side, float] | None) -> tuple[Vector, Vector] | None:
    """Return the vertices of both laces; of two that lie across each other the right one is on top."""
    routes = (left, right)
    heights = [route.heights() for route in routes]
    if held is not None:
        heights[held[0].index] += _rise(routes[held[0].index], held[1])
    points = [route.points(height) for route, height in zip(routes, heights, strict=True)]
    if points[0] is None or points[1] is None:
        return None
    hits = crosses(points[0][:, :2], points[1][:, :2])
    if len(hits) == 1 and far:
        points[1] = right.points(heights[1] + _bump(right, int(hits[0, 1])))
        hits = hits[:0]
    if points[1] is None or len(hits):
        return None
    return points[0], points[1]


def _rise(route: _Route, height: float) -> Vector:
    """Return how far each vertex is above where it lies, for an aglet that is held level at a height [m]."""
    stations = route.stations()
    share = np.clip(1 - (stations[-2] - stations) / _RISE, 0.0, 1.0)
    return height * share**2 * (3 - 2 * share)


def _bump(route: _Route, edge: int) -> Vector:
    """Return how far each vertex is raised, by one lace thickness around an edge [m]."""
    stations = route.stations()
    middle = 0.5 * (stations[edge] + stations[edge + 1])
    return np.clip(1.5 - np.abs(stations - middle) / 0.02, 0.0, 1.0) * (2 * RADIUS + 0.0005)


def _hits_shoe(curve: Vector) -> bool:
    inside = (curve > _KEEP_OUT[0]) & (curve < _KEEP_OUT[1])
    return bool(inside.all(axis=1).any())
