"""How a hand gets a lace whose aglet is not to be had: it takes hold of the lace itself, where that runs clear of the flaps.

What is dropped over a shoe comes to rest beside a flap, where open hands do not fit around it, or beyond the toe. Laid where hands pick, it is like any other lace.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.goals import EyeletGoal, PickGoal
from lacelab.envs.grasp import grasp_rotation
from lacelab.envs.language import decode, parse
from lacelab.envs.spec import SIDES

from .demonstrator.geometry import heading_along, inward, level
from .hands import holding
from .route import CLEAR, SLOW, Leg, Pose, letting_go
from .sure_release import OPEN, SHUT

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]

_SOLE = (TABLE_HEIGHT + 0.006, TABLE_HEIGHT + 0.03)  # m, heights of a tip in the shoe: on the sole, or against a flap
_BEHIND = 5  # points of a lace behind its aglet, 4 cm apart, one of which is taken hold of
_IN_AN_EYELET = 0.015  # m from its middle
_EDGE = 0.02  # m from the last eyelet to the edge of its flap
_PINCH = 0.001  # m from a point up to the hand, which stays some millimetres higher at such headings
_WRIST = np.radians(35.0)  # off the heading that suits a hand: what is square to the lace may be out of reach
_CLOSES = 1.0  # s: longer than hands wait, see `grip`


def in_the_shoe(observation: Observation) -> bool:
    """Return whether the aglet of the lace asked for lies in the shoe while hands hold nothing."""
    lace = asked_for(observation)
    if lace is None or holding(observation).any():
        return False
    return bool(_SOLE[0] < observation["aglet_position"][lace, 2] < _SOLE[1])


def asked_for(observation: Observation) -> int | None:
    """Return the lace that the instruction names, if it names one."""
    goal = parse(decode(observation["instruction"]))
    return int(goal.lace.index) if isinstance(goal, EyeletGoal | PickGoal) else None


def gathered(observation: Observation, lace: int, hand: int, attempt: int) -> list[Leg]:
    """Return legs of a hand that takes hold of a lace and lifts it, elsewhere at every attempt; none if it is the other hand's turn."""
    point, along = grasp_point(observation, lace, attempt)
    if hand != reaching(observation, point):
        return []
    heading = heading_along(along, inward(SIDES[hand]), _WRIST)
    there = Pose(point + [0.0, 0.0, _PINCH], grasp_rotation(level(heading), 0.0, forward=True))
    above, high = there.at_height(CLEAR), Pose.of(observation, hand).at_height(CLEAR)
    return [
        *letting_go(Pose.of(observation, hand)),
        Leg(high, OPEN, most=2.0),
        Leg(above, OPEN, most=4.0),
        Leg(there, OPEN, SLOW, most=3.0),
        Leg(there, SHUT, least=_CLOSES, most=_CLOSES),
        Leg(above, SHUT, SLOW, most=3.0),
    ]


def grasp_point(observation: Observation, lace: int, attempt: int) -> tuple[Array, Array]:
    """Return a point (3,) of a lace behind its aglet, not in an eyelet, and its direction there (3,): the nearest to the aglet at attempt 0, and then the next ones by turns."""
    points = np.asarray(observation["lace_points"], np.float64)[lace, -1 - _BEHIND :]
    points = np.concatenate([points, np.asarray(observation["aglet_position"], np.float64)[lace][None]])
    eyelets = np.asarray(observation["eyelet_position"], np.float64).reshape(-1, 1, 3)
    gaps = np.linalg.norm(eyelets - points, axis=2).min(axis=0)
    free = [number for number in range(_BEHIND, 0, -1) if gaps[number] > _IN_AN_EYELET]
    number = free[attempt % len(free)] if free else _BEHIND
    return points[number], points[number + 1] - points[number - 1]


def reaching(observation: Observation, point: Array) -> int:
    """Return the hand that comes to a point (3,): beside the shoe that of this side, between the flaps the other one, which its flap is not in the way of."""
    eyelets = np.asarray(observation["eyelet_position"], np.float64)
    own = 0 if point[1] > 0.0 else 1
    between = abs(point[1]) < abs(eyelets[own, :, 1]).max() and point[0] > eyelets[..., 0].min() - _EDGE
    return 1 - own if between else own
