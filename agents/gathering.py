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
_ROOM = 0.048  # m from the eyelets, that open fingers need
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


def gathered(observation: Observation, lace: int, hand: int, attempt: int = 0) -> list[Leg]:
    """Return legs of a hand that takes hold of a lace and lifts it, elsewhere at every attempt; none if that is on the other hand's side."""
    point, along = clear_of_the_flaps(observation, lace, attempt)
    if (point[1] > 0.0) != (hand == 0):
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


def clear_of_the_flaps(observation: Observation, lace: int, attempt: int = 0) -> tuple[Array, Array]:
    """Return a point (3,) of a lace behind its aglet that is far enough from the eyelets, or the farthest one, and its direction there (3,).

    The nearest one to the aglet at the first attempt (0), and the next one at every other.
    """
    points = np.asarray(observation["lace_points"], np.float64)[lace]
    eyelets = np.asarray(observation["eyelet_position"], np.float64).reshape(-1, 1, 3)
    gaps = np.linalg.norm((eyelets - points)[:, -1 - _BEHIND : -1, :2], axis=2).min(axis=0)
    enough = np.flatnonzero(gaps > _ROOM)[::-1]
    number = int(enough[attempt % len(enough)] if enough.size else gaps.argmax()) + len(points) - 1 - _BEHIND
    return points[number], points[number + 1] - points[number - 1]
