"""Where an aglet can be put down."""

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.entities.lace import AGLET_LENGTH
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import Side

from .perception import Perception

Array = NDArray[np.float64]

_ROOM = 0.035  # m from the other lace: enough for open fingers
_SLACK = 0.01  # m of lace left loose when it is put down
# m, x and |y| of places on the mat; a lace that crosses the shoe passes behind the other flap, out of the way
_BESIDE = [(x, y) for y in (0.11, 0.125, 0.14, 0.155, 0.17, 0.185, 0.20) for x in (0.24, 0.265, 0.29, 0.31)]
_BEHIND = [(x, y) for y in (0.105, 0.12, 0.135, 0.15) for x in (0.235, 0.25)]
_NEAR = 0.23  # m
_AT_THE_HEEL = [(x, y) for y in (0.05, 0.065, 0.08, 0.095) for x in (0.19, 0.205, 0.22)]
"""Where a lace that has crossed a shoe lies until it is laced further: across a flap, the next lace that is pulled would drag it along."""


def turns_low(place: Array) -> bool:
    """Return whether a place (3,) [m] is so near to the robot that a hand can turn to lay a lace there only close to the mat."""
    return bool(place[0] < _NEAR)


def free_place(env: LacingEnv, sees: Perception, hand: Side, goal: EyeletGoal, axis: Array) -> Array:
    """Return where on the mat an aglet can lie, (3,) [m].

    Room for fingers beside it, and as far from the eyelet as the lace reaches: slack would push it away again.

    Args:
        env: the world.
        sees: what is known of it.
        hand: holds the aglet; it is put down on the hand's own side.
        goal: names lace and eyelet.
        axis: along the aglet, (3,).
    """
    others = env.scene.laces[goal.lace.other.index].points(env.simulation.data)[:, :2]
    centre, _ = sees.eyelet(goal)
    reach = sees.through(goal) - AGLET_LENGTH / 2 - _SLACK
    costs, places = [], _places(env, goal)
    for x, y in places:
        middle = np.array([x, hand.sign * y, TABLE_HEIGHT])
        along = middle[:2] + np.outer([-0.015, 0.0, 0.015], axis[:2])
        room = float(np.linalg.norm(along[:, None] - others[None], axis=2).min())
        slack = reach - float(np.linalg.norm(middle - centre))
        costs.append(3 * max(0.0, _ROOM - room) + max(slack, -0.5 * slack))
    x, y = places[int(np.argmin(costs))]
    return np.array([x, hand.sign * y, TABLE_HEIGHT])


def _places(env: LacingEnv, goal: EyeletGoal) -> list[tuple[float, float]]:
    if goal.direction < 0:
        return _BESIDE
    return _AT_THE_HEEL if env.task.name == "LaceShoe" else _BEHIND
