"""Closes no hand beside an aglet, but brings it over that first.

Where an aglet lies as no demonstrator has seen it, a policy comes down a centimetre beside it, or across it, closes on nothing, and does the same again, dozens of times. What a hand would
have between its pads can be seen beforehand; so a hand that is to close, with an aglet on the mat beside or across its pads, rises, goes over the aglet, turns
as that lies, and comes down around it. It looks once more, and closes; what follows is the policy's. As with `sure_grasp`, only the hands and the aglets are looked at: visual servoing of the last
centimetres of a reach (Hill and Park, 1979, 9th International Symposium on Industrial Robots, 233-246).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.rotations import rotation_matrix
from lacelab.envs.spec import ACTION_PER_ARM, ROTATION_SCALE, TRANSLATION_SCALE

from .hands import tool_rotations
from .route import resting
from .sure_grasp import ALONG, level_axis, missing_along
from .sure_release import OPEN, SHUT

_BETWEEN = 0.0035  # m from the middle between open pads to the aglet, at most
_NEAR = 0.025  # m
_LOW = TABLE_HEIGHT + 0.03  # m, of the hand
_LIES = TABLE_HEIGHT + 0.012  # m, of the tip: on the mat, or on the sole beside a flap
_ABOVE, _HIGH = 0.0025, 0.0055  # m from the tip up to a hand around its aglet, and to one that misses it
_WIDE = 0.005  # m between pads that an aglet fits in between
_ASKEW = 0.75  # rad between hand and aglet, about the vertical
_UP = 0.015  # m
_ARCS = 3  # in a row
_CLOSING = 1  # chunks, after the one in which it has looked: nothing closes before the next one agrees, see `grip`

Array = NDArray[np.float64]
Actions = NDArray[np.float32]
Observation = Mapping[str, NDArray[Any]]


class SureAim:
    """Stands between what a policy wants and what hands do."""

    def __init__(self) -> None:
        """Begin with no hand brought over anything."""
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self.aims = 0
        self.again()

    def again(self) -> None:
        """Begin anew, in the same episode."""
        self._arcs, self._closing = [0, 0], [0, 0]  # of each hand: in a row, and chunks for which it still closes

    def __call__(self, ahead: Observation, wanted: Actions) -> Actions:
        """Return actions (n, 14) instead of those that are wanted; `aims` counts hands that are brought over an aglet.

        Args:
            ahead: observation, with hands where everything that is under way leads.
            wanted: actions (n, 14) from there on.
        """
        actions = wanted.copy()
        for hand, rotation in enumerate(tool_rotations(ahead).astype(np.float64)):
            own = actions.reshape(len(wanted), 2, ACTION_PER_ARM)[:, hand]
            own[:] = self._of_hand(ahead, own, hand, rotation)
        return actions

    def _of_hand(self, ahead: Observation, wanted: Actions, hand: int, rotation: Array) -> Actions:
        own = resting(len(wanted), SHUT) if self._closing[hand] or self._arcs[hand] else wanted
        if self._closing[hand]:
            self._closing[hand] -= 1
            return own
        aimed, misses = _aimed(ahead, own, hand, rotation)
        if misses and self._arcs[hand] == _ARCS:
            self._arcs[hand] = 0
            return wanted
        if misses:
            self._arcs[hand], self.aims = self._arcs[hand] + 1, self.aims + 1
        elif self._arcs[hand]:
            self._arcs[hand], self._closing[hand] = 0, _CLOSING
        return aimed


def _aimed(ahead: Observation, own: Actions, hand: int, rotation: Array) -> tuple[Actions, bool]:
    """Return a hand's actions (n, 7), and whether they come down around an aglet, open, as those that are wanted would close beside it."""
    here, opening = np.asarray(ahead["target_position"], np.float64)[hand], ahead["gripper_opening"][hand]
    end = here + TRANSLATION_SCALE * rotation @ own[:, :3].sum(axis=0)
    if own[:, -1].min() >= 0.0 or opening < _WIDE or end[2] > _LOW:
        return own, False
    misses = [miss for lace in (0, 1) if (miss := _miss(ahead, lace, end, rotation)) is not None]
    if not misses:
        return own, False
    way, turn = min(misses, key=lambda miss: float(np.linalg.norm(miss[0])))
    start = way + end - here
    if turn != 0.0 or np.linalg.norm(start[:2]) >= _BETWEEN:
        return _arc(start, turn, rotation, len(own)), True
    shifted = own.copy()
    shifted[:, :3] += (way / len(own)) @ rotation / TRANSLATION_SCALE
    return shifted, False


def _miss(seen: Observation, lace: int, hand: Array, rotation: Array) -> tuple[Array, float] | None:
    """Return the way (3,) and the turn [rad] from a hand (3,) that is about to miss an aglet to one that has it between its pads, if it is about to."""
    tip, axis = np.asarray(seen["aglet_position"], np.float64)[lace], level_axis(seen, lace)
    if tip[2] > _LIES:
        return None
    turn = _turn(rotation[:, 0], axis)
    behind = float(axis @ (tip - hand))
    missing = missing_along(behind, float(rotation[:, 0] @ axis))
    across = (tip - hand - behind * axis) * (1.0, 1.0, 0.0)
    if np.linalg.norm(across) > _NEAR or abs(missing) >= _NEAR:
        return None
    around = np.linalg.norm(across) < _BETWEEN and abs(missing) < ALONG and hand[2] < tip[2] + _HIGH
    if turn == 0.0 and around:
        return None
    way = across + axis * missing
    way[2] = tip[2] + _ABOVE - hand[2]
    return way, turn


def _turn(pointing: Array, axis: Array) -> float:
    """Return the angle [rad] about the vertical by which a hand that points some way (3,) has to be turned to lie along an axis (3,), either way round."""
    angle = float(np.arctan2(pointing[0] * axis[1] - pointing[1] * axis[0], pointing[:2] @ axis[:2]))
    angle = (angle + np.pi / 2) % np.pi - np.pi / 2
    return angle if abs(angle) > _ASKEW else 0.0


def _arc(way: Array, turn: float, rotation: Array, count: int) -> Actions:
    """Return one hand's actions (count, 7) that go a way (3,) over an arc and turn about the vertical [rad], open."""
    done = np.arange(count + 1) / count
    path = way * done[:, None]
    path[:, 2] += _UP * np.sin(np.pi * done)
    turn = float(np.clip(turn, -count * ROTATION_SCALE, count * ROTATION_SCALE))
    actions = np.zeros((count, ACTION_PER_ARM), np.float32)
    for action, motion, share in zip(actions, np.diff(path, axis=0), done, strict=False):
        action[:3] = motion @ rotation_matrix(np.array([0.0, 0.0, share * turn])) @ rotation / TRANSLATION_SCALE
    actions[:, 3:6] = turn / count * rotation[2] / ROTATION_SCALE
    actions[:, -1] = OPEN
    return actions
