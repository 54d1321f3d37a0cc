"""Closes no hand beside an aglet, but brings it over that first.

Where an aglet lies as no demonstrator has seen it, a policy comes down a centimetre beside it, closes on nothing, and does the same again, dozens of times. What a hand would
have between its pads can be seen beforehand; so a hand that is to close, with an aglet on the mat beside its pads, rises, goes across the aglet
and comes down around it. The next look is the policy's. As with `sure_grasp`, only the hands and the aglets are looked at: visual servoing of the last
centimetres of a reach (Hill and Park, 1979, 9th International Symposium on Industrial Robots, 233-246).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.spec import ACTION_PER_ARM, TRANSLATION_SCALE

from .hands import tool_rotations
from .sure_grasp import level_axis, missing_along
from .sure_release import OPEN

_BETWEEN = 0.0035  # m from the middle between open pads to the aglet, at most
_NEAR = 0.025  # m
_LOW = TABLE_HEIGHT + 0.03  # m, of the hand
_LIES = TABLE_HEIGHT + 0.012  # m, of the tip: on the mat, or on the sole beside a flap
_ABOVE, _HIGH = 0.0025, 0.0055  # m from the tip up to a hand around its aglet, and to one that misses it
_WIDE = 0.005  # m between pads that an aglet fits in between
_ALONG = 0.7  # cosine between hand and aglet
_UP = 0.015  # m

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]


def brought_over(ahead: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return actions (n, 14) instead of those that are wanted: a hand that is to close beside an aglet on the mat comes down around it, open.

    Args:
        ahead: observation, with hands where everything that is under way leads.
        wanted: actions (n, 14) from there on.
    """
    actions = wanted.copy()
    rotation = tool_rotations(ahead).astype(np.float64)
    for hand in np.flatnonzero(wanted[:, ACTION_PER_ARM - 1 :: ACTION_PER_ARM].min(axis=0) < 0.0):
        own = actions.reshape(len(wanted), 2, ACTION_PER_ARM)[:, hand]
        end = ahead["target_position"][hand] + TRANSLATION_SCALE * rotation[hand] @ own[:, :3].sum(axis=0)
        opening = ahead["gripper_opening"][hand]
        if opening < _WIDE or end[2] > _LOW:
            continue
        missing = [way for lace in (0, 1) if (way := _way(ahead, lace, end, rotation[hand])) is not None]
        if missing:
            way = min(missing, key=lambda way: float(np.linalg.norm(way)))
            start = way + end - ahead["target_position"][hand]
            if _is_around(start):
                own[:, :3] += (way / len(own)) @ rotation[hand] / TRANSLATION_SCALE
            else:
                own[:] = _arc(start, rotation[hand], len(own))
    return actions


def _is_around(way: Array) -> bool:
    return float(np.linalg.norm(way[:2])) < _BETWEEN


def _way(seen: Observation, lace: int, hand: Array, rotation: Array) -> Array | None:
    """Return the way (3,) from a hand (3,) that is about to miss an aglet to a hand that has it between its pads, if it is about to."""
    tip, axis = np.asarray(seen["aglet_position"], np.float64)[lace], level_axis(seen, lace)
    along = float(rotation[:, 0] @ axis)
    if tip[2] > _LIES or abs(along) < _ALONG:
        return None
    behind = float(axis @ (tip - hand))
    missing = missing_along(behind, along)
    across = (tip - hand - behind * axis) * (1.0, 1.0, 0.0)
    if np.linalg.norm(across) > _NEAR or abs(missing) >= _NEAR:
        return None
    if np.linalg.norm(across) < _BETWEEN and hand[2] < tip[2] + _HIGH:
        return None
    way = across + axis * missing
    way[2] = tip[2] + _ABOVE - hand[2]
    return way


def _arc(way: Array, rotation: Array, count: int) -> NDArray[np.float32]:
    """Return one hand's actions (count, 7) that go a way (3,) over an arc, open."""
    done = np.arange(count + 1) / count
    path = way * done[:, None]
    path[:, 2] += _UP * np.sin(np.pi * done)
    actions = np.zeros((count, ACTION_PER_ARM), np.float32)
    actions[:, :3] = np.diff(path, axis=0) @ rotation / TRANSLATION_SCALE
    actions[:, -1] = OPEN
    return actions
