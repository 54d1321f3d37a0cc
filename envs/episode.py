"""One episode, fixed completely by (task, difficulty, seed): goal, shoe, where the laces lie, randomisation."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import randomization
from .entities.arena import SHOE_X, TABLE_HEIGHT
from .entities.lace import RADIUS, edge_lengths
from .entities.shoe import ShoeParameters, anchor_position
from .exceptions import LaceLabError
from .lace_shapes import crosses, plane_curve
from .language import EyeletGoal
from .randomization import Randomization
from .spec import EYELETS_PER_SIDE, SIDES, Side

Vector = NDArray[np.float64]

_ATTEMPTS = 200
_WOBBLE = 5.0  # 1/m, deviation of the laces' random curvature
_DROP = (0.045, 0.045)  # m of lace: level over the sole, then down to the mat
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


@dataclass(frozen=True)
class Episode:
    """All that a reset needs to know. Vectors in the world frame [m]; index 0 of a pair is the left one."""

    difficulty: str
    seed: int
    goal: EyeletGoal
    paraphrase: int  # index of the instruction's wording
    shoe: ShoeParameters
    shoe_position: tuple[float, float]
    shoe_heading: float  # rad about z
    lace_points: tuple[Vector, Vector]  # (vertices, 3) each
    aglet_axes: tuple[Vector, Vector]  # (3,) each
    randomization: Randomization
    mirror: bool = False

    def mirrored(self) -> "Episode":
        """Return the mirror image about y = 0."""
        flip = np.array([1.0, -1.0, 1.0])
        return replace(
            self,
            goal=self.goal.mirrored(),
            shoe_position=(self.shoe_position[0], -self.shoe_position[1]),
            shoe_heading=-self.shoe_heading,
            lace_points=(self.lace_points[1] * flip, self.lace_points[0] * flip),
            aglet_axes=(self.aglet_axes[1] * flip, self.aglet_axes[0] * flip),
            randomization=self.randomization.mirrored(),
            mirror=not self.mirror,
        )


def sample(difficulty: str, seed: int, lace_length: float, start: EyeletGoal | None = None) -> Episode:
    """Draw the episode of a seed.

    Independent streams for goal, layout and dynamics: a change of one leaves the others as they were.

    Raises:
        UnknownNameError: if there is no such difficulty.
        LaceLabError: if no layout without crossings was found (never seen; the bound keeps the loop finite).
    """
    ranges = randomization.ranges_for(difficulty)
    streams = np.random.SeedSequence(seed).spawn(3)
    goals, layouts, dynamics = (np.random.default_rng(stream) for stream in streams)
    goal = start or _sample_goal(goals)
    layout = LAYOUTS[difficulty]
    for _ in range(_ATTEMPTS):
        episode = _try_layout(layouts, layout, lace_length)
        if episode is not None:
            shoe, position, heading, points, axes = episode
            drawn = randomization.sample(dynamics, ranges)
            wording = int(goals.integers(0, 1 << 16))
            return Episode(difficulty, seed, goal, wording, shoe, position, heading, points, axes, drawn)
    raise LaceLabError(f"Seed {seed}: no layout without crossing laces in {_ATTEMPTS} attempts.")


def _sample_goal(rng: np.random.Generator) -> EyeletGoal:
    lace, side = SIDES[rng.integers(2)], SIDES[rng.integers(2)]
    return EyeletGoal(lace, side, int(rng.integers(EYELETS_PER_SIDE)))


def _try_layout(
    rng: np.random.Generator, layout: Layout, length: float
) -> tuple[ShoeParameters, tuple[float, float], float, tuple[Vector, Vector], tuple[Vector, Vector]] | None:
    """Draw shoe and laces; None if a lace crosses itself, the other one or the shoe where it must not."""
    shoe = ShoeParameters(
        size=float(rng.uniform(*layout.size)),
        eyelet_diameter=layout.eyelet_diameter,
        pitch=float(rng.uniform(*layout.pitch)),
    )
    shift = rng.uniform(-layout.shift, layout.shift, 2)
    heading = float(rng.uniform(-layout.turn, layout.turn))
    crossed = bool(rng.random() < layout.far_side)
    position = (SHOE_X + float(shift[0]), float(shift[1]))
    points, axes = [], []
    for side in SIDES:
        anchor = _in_world(anchor_position(shoe, side), position, heading)
        lies_on = side.other if crossed else side
        lace = _lay(rng, layout, length, anchor, lies_on, crossed)
        if lace is None:
            return None
        points.append(lace[0])
        axes.append(lace[1])
    hits = crosses(points[0][:, :2], points[1][:, :2])
    if len(hits) > (1 if crossed else 0):
        return None
    for _, j in hits:
        points[1] = _lift_over(points[1], int(j), length)
    return shoe, position, heading, (points[0], points[1]), (axes[0], axes[1])


def _in_world(point: Vector, position: tuple[float, float], heading: float) -> Vector:
    c, s = np.cos(heading), np.sin(heading)
    return np.array(
        [
            position[0] + c * point[0] - s * point[1],
            position[1] + s * point[0] + c * point[1],
            TABLE_HEIGHT + point[2],
        ]
    )


def _lay(
    rng: np.random.Generator, layout: Layout, length: float, anchor: Vector, side: Side, crossed: bool
) -> tuple[Vector, Vector] | None:
    """Lay one lace on the mat on `side`; drawn on the left and mirrored for the right."""
    edges = edge_lengths(length)
    heading = -float(rng.uniform(*layout.heading))
    back = np.array([rng.uniform(*layout.back_x), rng.uniform(*layout.back_y)])
    wobble = np.convolve(rng.normal(0.0, _WOBBLE * 3, len(edges) + 7), np.ones(9) / 9, "valid")
    flip = np.array([1.0, side.sign])
    leave = np.pi / 2 - (0.6 if crossed else 0.0)  # across the other lace it leaves towards the toe
    if crossed:  # as it lies after the other hand has put it down: the tip points outward
        heading += np.pi
    arrive = heading if crossed else heading + 2 * np.pi
    curve = plane_curve(edges, anchor[:2] * flip, back, (leave, arrive), wobble)
    if curve is None or len(crosses(curve)) or _hits_shoe(curve):
        return None
    station = np.concatenate([[0.0], np.cumsum(edges)])
    floor = TABLE_HEIGHT + RADIUS
    fall = np.clip(1 - (station - _DROP[0]) / _DROP[1], 0.0, 1.0)
    height = floor + (anchor[2] - floor) * fall
    points = np.column_stack([curve * flip, height])
    axis = np.array([np.cos(heading), np.sin(heading) * side.sign, 0.0])
    return points, axis


def _hits_shoe(curve: Vector) -> bool:
    inside = (curve > _KEEP_OUT[0]) & (curve < _KEEP_OUT[1])
    return bool(inside.all(axis=1).any())


def _lift_over(points: Vector, edge: int, length: float) -> Vector:
    """Raise the vertices around an edge by one lace thickness, so that the lace lies over another one."""
    station = np.concatenate([[0.0], np.cumsum(edge_lengths(length))])
    middle = 0.5 * (station[edge] + station[edge + 1])
    bump = np.clip(1.5 - np.abs(station - middle) / 0.02, 0.0, 1.0)
    lifted = points.copy()
    lifted[:, 2] += bump * (2 * RADIUS + 0.0005)
    return lifted
