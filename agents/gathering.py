"""How a hand gets a lace whose aglet is not to be had: it takes hold of the lace itself, where that runs clear of the flaps.

What is dropped over a shoe comes to rest beside a flap, where open hands do not fit around it, or beyond the toe. Laid where hands pick, it is like any other lace.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.grasp import grasp_rotation
from lacelab.envs.language import decode, parse

from .demonstrator.geometry import heading_along, level
from .hands import holding
from .route import CLEAR, SLOW, Leg, Pose, letting_go
from .sure_release import OPEN, SHUT

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]

_IN_THE_SHOE = (TABLE_HEIGHT + 0.006, TABLE_HEIGHT + 0.03)  # m, of a tip that lies on the sole
_NEXT = 5  # points of a lace behind its aglet, 4 cm apart, one of which is taken hold of
_PINCH = 0.003  # m from there up to the hand
_CLOSES = 0.4  # s
_INWARD, _TURNED = (
    np.radians(35.0),
    np.radians(50.0),
)  # heading of a hand at ease, from straight ahead, and off that at most


def in_the_shoe(observation: Observation) -> int | None:
    """Return the lace whose aglet lies in the shoe while no hand holds any, if there is one."""
    if holding(observation).any():
        return None
    heights = np.asarray(observation["aglet_position"])[:, 2]
    lies = np.flatnonzero((heights > _IN_THE_SHOE[0]) & (heights < _IN_THE_SHOE[1]))
    return int(lies[0]) if lies.size else None


def asked_for(observation: Observation) -> int | None:
    """Return the lace that the instruction names, if it names one."""
    lace = getattr(parse(decode(observation["instruction"])), "lace", None)
    return None if lace is None else int(lace.index)


def gathered(observation: Observation, lace: int, hand: int) -> list[Leg]:
    """Return legs of a hand that takes hold of a lace and lifts it; none if that is on the other hand's side."""
    point, along = clear_of_the_flaps(observation, lace)
    if (point[1] > 0.0) != (hand == 0):
        return []
    heading = heading_along(along, _INWARD * (2 * hand - 1), _TURNED)
    there = Pose(point + [0.0, 0.0, _PINCH], grasp_rotation(level(heading), 0.0, forward=True))
    above, high = there.at_height(CLEAR), Pose.of(observation, hand).at_height(CLEAR)
    return [
        *letting_go(Pose.of(observation, hand)),
        Leg(high, OPEN, most=2.0),
        Leg(above, OPEN, most=4.0),
        Leg(there, OPEN, SLOW, most=3.0),
        Leg(there, SHUT, least=_CLOSES),
        Leg(above, SHUT, SLOW, most=3.0),
    ]


def clear_of_the_flaps(observation: Observation, lace: int) -> tuple[Array, Array]:
    """Return the point (3,) of a lace, not far behind its aglet, that is farthest from the eyelets, and its direction there (3,)."""
    points = np.asarray(observation["lace_points"], np.float64)[lace]
    eyelets = np.asarray(observation["eyelet_position"], np.float64).reshape(-1, 1, 3)
    gaps = np.linalg.norm((eyelets - points)[:, -1 - _NEXT : -1, :2], axis=2).min(axis=0)
    best = len(points) - 1 - _NEXT + int(gaps.argmax())
    return points[best], points[best + 1] - points[best - 1]
