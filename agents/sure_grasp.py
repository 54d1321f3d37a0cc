"""Closes no hand around the very end of an aglet.

An aglet that is held by its last few millimetres can be lifted, but the jerk of that may bring it to the edge of the pads. There it turns between them by the weight of its lace, little
by little, and is squeezed out some seconds later, in the middle of a handover. Demonstrators take it 5 mm from the tip, or 3 mm from its back; a policy that means to do
the same is off by some millimetres. So a hand that is to close beside an aglet on the mat goes along it until its pads have enough of it: what
lies before a camera is measured anyway, and the last millimetres of a reach are servoed to it (Hill and Park, 1979, 9th International Symposium on Industrial
Robots, 233-246).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.spec import ACTION_PER_ARM, TRANSLATION_SCALE

from .hands import PINCHED, tool_rotations

BY_THE_TIP, BY_THE_BACK = (0.006, 0.009), (0.0195, 0.0218)
"""Distances [m] from the commanded hand to the tip, along the aglet, at which hands close that point the other way, and the same way.

Demonstrators: 4.1 to 4.9 mm (10 laces, 5 to 95 %) and 20.6 to 21.5 mm (24 laces). Nearer to the middle does no harm, and what is held by 4 mm is lost more often."""

_LOW = TABLE_HEIGHT + 0.012  # m, of the hand
_LIES = TABLE_HEIGHT + 0.004  # m, of the tip
_BESIDE = 0.005  # m from the line of the aglet
_MOST = 0.006  # m that a hand is led astray at most

Observation = Mapping[str, NDArray[Any]]


def well_placed(ahead: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return actions (n, 14) instead of those that are wanted: a hand that is to close around an aglet goes along it until it has enough of it.

    Args:
        ahead: observation, with hands where everything that is under way leads.
        wanted: actions (n, 14) from there on.
    """
    actions = wanted.copy()
    rotation = tool_rotations(ahead).astype(np.float64)
    for hand, lace in about_to_pick(ahead):
        own = actions.reshape(len(wanted), 2, ACTION_PER_ARM)[:, hand]
        if not (own[:, -1] < 0.0).any():
            continue
        motion = TRANSLATION_SCALE * own[:, :3] @ rotation[hand].T  # (n, 3) in the world
        axis = level_axis(ahead, lace)
        left = np.asarray(ahead["aglet_position"], np.float64)[lace] - ahead["target_position"][hand]
        ends = float(axis @ (left - motion.sum(axis=0)))
        missing = missing_along(ends, float(rotation[hand, :, 0] @ axis))
        if missing and abs(missing) < _MOST:
            own[:, :3] = (motion + axis * missing / len(wanted)) @ rotation[hand] / TRANSLATION_SCALE
    return actions


def missing_along(behind: float, along: float) -> float:
    """Return how far a hand has to go along an aglet until it has enough of it [m], positive towards the tip.

    Args:
        behind: how far it is behind the tip [m].
        along: cosine between the hand and the aglet.
    """
    lower, upper = BY_THE_BACK if along > 0.0 else BY_THE_TIP
    return behind - min(max(behind, lower), upper)


def level_axis(seen: Observation, lace: int) -> NDArray[np.float64]:
    """Return the direction of an aglet on the mat, (3,)."""
    axis = np.asarray(seen["aglet_axis"], np.float64)[lace] * (1.0, 1.0, 0.0)
    return axis / max(float(np.linalg.norm(axis)), 1e-9)


def about_to_pick(seen: Observation) -> list[tuple[int, int]]:
    """Return which open hands have come down beside which aglets on the mat: (hand, lace), numbers."""
    found = []
    for hand in np.flatnonzero(
        (np.asarray(seen["gripper_opening"]) > PINCHED) & (np.asarray(seen["target_position"])[:, 2] < _LOW)
    ):
        for lace in map(int, np.flatnonzero(np.asarray(seen["aglet_position"])[:, 2] < _LIES)):
            axis = level_axis(seen, lace)
            away = np.asarray(seen["aglet_position"], np.float64)[lace] - seen["target_position"][hand]
            along, across = float(axis @ away), float(np.linalg.norm(np.cross(axis, away * (1.0, 1.0, 0.0))))
            if -_MOST < along < BY_THE_BACK[1] + _MOST and across < _BESIDE:
                found.append((int(hand), lace))
    return found
