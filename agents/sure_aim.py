"""Closes no hand beside an aglet, but brings it over that first.

Where an aglet lies as no demonstrator has seen it, a policy comes down a centimetre beside it, or across it, closes on nothing, and does the same again, dozens of times. What a hand would
have between its pads can be seen beforehand; so a hand that is to close, with an aglet on the mat beside or across its pads, rises, goes over the aglet, turns
as that lies, and comes down around it. It looks once more, and closes; what follows is the policy's. As with `sure_grasp`, only the hands and the aglets are looked at: visual
servoing of the last centimetres of a reach (Hill and Park, 1979, 9th International Symposium on Industrial Robots, 233-246).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.rotations import rotation_matrix
from lacelab.envs.spec import ACTION_PER_ARM, ROTATION_SCALE, TRANSLATION_SCALE

from .aiming import BETWEEN, misses
from .route import Pose, resting
from .sure_release import OPEN, SHUT

_LOW = TABLE_HEIGHT + 0.03  # m, of the hand
_WIDE = 0.005  # m between pads that an aglet fits in between
_UP = 0.015  # m
_ARCS = 3  # in a row
_CLOSING = 2  # chunks: nothing closes before the next one agrees, see `grip`

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
        self._arcs, self._closing = [0, 0], [0, 0]  # of each hand: in a row, and chunks in which it has closed since
        self._in_vain = [False, False]  # until the hand has risen

    def __call__(self, ahead: Observation, wanted: Actions) -> Actions:
        """Return actions (n, 14) instead of those that are wanted; `aims` counts hands that are brought over an aglet.

        Args:
            ahead: observation, with hands where everything that is under way leads.
            wanted: actions (n, 14) from there on.
        """
        actions = wanted.copy()
        for hand in (0, 1):
            own = actions.reshape(len(wanted), 2, ACTION_PER_ARM)[:, hand]
            own[:] = self._of_hand(ahead, own, hand)
        return actions

    def _of_hand(self, ahead: Observation, wanted: Actions, hand: int) -> Actions:
        own = resting(len(wanted), SHUT) if self._arcs[hand] else wanted
        here = Pose.of(ahead, hand)
        end = here.moved(TRANSLATION_SCALE * here.rotation @ own[:, :3].sum(axis=0))
        self._in_vain[hand] &= end.position[2] < _LOW
        if self._in_vain[hand] or own[:, -1].min() >= 0.0:
            return wanted
        beside = misses(ahead, hand, end)
        if beside and beside[0].is_none:
            self._close(hand)
            return own
        if not beside or ahead["gripper_opening"][hand] < _WIDE or end.position[2] > _LOW:
            self._arcs[hand] = self._closing[hand] = 0
            return wanted
        way = beside[0].way + end.position - here.position
        if beside[0].turn == 0.0 and np.linalg.norm(way[:2]) < BETWEEN:
            self._close(hand)
            return _led(own, beside[0].way, here.rotation)
        return self._brought_over(wanted, hand, _arc(way, beside[0].turn, here.rotation, len(wanted)))

    def _close(self, hand: int) -> None:
        """Count a chunk in which a hand closes, if it has been brought here: the last one of `_CLOSING` ends it."""
        if self._arcs[hand]:
            self._closing[hand] = (self._closing[hand] + 1) % _CLOSING
            self._arcs[hand] *= self._closing[hand] > 0

    def _brought_over(self, wanted: Actions, hand: int, arc: Actions) -> Actions:
        self._closing[hand] = 0
        if self._arcs[hand] == _ARCS:
            self._arcs[hand], self._in_vain[hand] = 0, True
            return wanted
        self._arcs[hand], self.aims = self._arcs[hand] + 1, self.aims + 1
        return arc


def _led(own: Actions, way: Array, rotation: Array) -> Actions:
    """Return one hand's actions (n, 7) that lead further by a way (3,)."""
    led = own.copy()
    led[:, :3] += (way / len(own)) @ rotation / TRANSLATION_SCALE
    return led


def _arc(way: Array, turn: float, rotation: Array, count: int) -> Actions:
    """Return one hand's actions (count, 7) that go a way (3,) over an arc and turn about the vertical [rad], as far as they can, open."""
    turn = float(np.clip(turn, -count * ROTATION_SCALE, count * ROTATION_SCALE))
    done = np.arange(count + 1) / count
    path = way * done[:, None]
    path[:, 2] += _UP * np.sin(np.pi * done)
    actions = resting(count, OPEN)
    for action, motion, share in zip(actions, np.diff(path, axis=0), done, strict=False):
        action[:3] = motion @ rotation_matrix(np.array([0.0, 0.0, share * turn])) @ rotation / TRANSLATION_SCALE
    actions[:, 3:6] = turn / count * rotation[2] / ROTATION_SCALE
    return actions
