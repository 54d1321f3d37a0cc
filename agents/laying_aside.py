"""How hands lay aside what they hold: where they have picked something up before, and not wherever they are.

What is let go in the air falls into the shoe, where open hands do not fit around an aglet beside a flap. There it is not the aglet that is taken hold of, but its lace, where
that runs clear of the flaps; laid on the mat again, it is like any other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.grasp import grasp_rotation

from .demonstrator.geometry import heading_along, level
from .hands import holding, tool_rotations
from .route import Leg, Pose
from .sure_release import OPEN, SHUT

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]

_SLOW = 0.3  # of full speed
_OPENS = _CLOSES = 0.4  # s
_RISES = 0.09  # m, of a hand that has let go
_CLEAR = TABLE_HEIGHT + 0.15  # m, of a hand with a lace: what hangs from it passes over the flaps
_LOW, _LIFTED = TABLE_HEIGHT + 0.012, TABLE_HEIGHT + 0.03  # m, of a hand that picks, and that has picked
_WITHDRAWS = 0.03  # m, out of an eyelet

_IN_THE_SHOE = (TABLE_HEIGHT + 0.006, TABLE_HEIGHT + 0.03)  # m, of a tip that lies on the sole
_NEXT = 5  # points of a lace behind its aglet, 4 cm apart, one of which is taken hold of
_PINCH = 0.003  # m from there up to the hand
_INWARD, _TURNED = (
    np.radians(35.0),
    np.radians(50.0),
)  # heading of a hand at ease, from straight ahead, and off that at most
_MIRROR = np.diag([1.0, -1.0, 1.0])


class Places:
    """Remembers where each hand has last picked up a lace."""

    def __init__(self) -> None:
        """Know none."""
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self._picked: list[Pose | None] = [None, None]
        self._low: list[Pose | None] = [None, None]

    def __call__(self, observation: Observation) -> None:
        """Look at what hands do."""
        for hand, (pose, holds) in enumerate(zip(hand_poses(observation), holding(observation), strict=True)):
            height = pose.position[2]
            if not holds:
                self._low[hand] = None
            elif height < _LOW:
                self._low[hand] = pose
            elif height > _LIFTED and self._low[hand] is not None:
                self._picked[hand], self._low[hand] = self._low[hand], None

    def of(self, hand: int) -> Pose | None:
        """Return where a hand can lay something: its own place, or the mirror image of the other one's."""
        own, other = self._picked[hand], self._picked[1 - hand]
        if own is None and other is not None:
            return Pose(_MIRROR @ other.position, _MIRROR @ other.rotation @ _MIRROR)
        return own


def hand_poses(observation: Observation) -> tuple[Pose, Pose]:
    """Return where the hands of an observation are commanded to be."""
    left, right = map(
        Pose, np.asarray(observation["target_position"], np.float64), tool_rotations(observation).astype(np.float64)
    )
    return left, right


def letting_go(hand: Pose) -> list[Leg]:
    """Return legs of a hand that lets go where it is, and rises."""
    return [Leg(hand, OPEN, least=_OPENS), Leg(hand.lifted(_RISES), OPEN, _SLOW, most=1.5)]


def withdrawing(hand: Pose, axis: Array) -> list[Leg]:
    """Return legs of a hand that draws an aglet with some axis (3,) out of an eyelet."""
    return [Leg(hand.moved(-_WITHDRAWS * axis), SHUT, _SLOW, most=1.5)]


def laying_back(hand: Pose, place: Pose) -> list[Leg]:
    """Return legs of a hand that lays what it holds at a place where something was picked up."""
    high = hand.at_height(_CLEAR)
    over = Pose(np.array([*place.position[:2], high.position[2]]), place.rotation)
    return [
        Leg(hand, SHUT, least=_OPENS),  # the other hand may hold it, too
        Leg(high, SHUT, _SLOW, most=3.0),
        Leg(over, SHUT, most=4.0),
        Leg(place, SHUT, _SLOW, most=3.0),
        *letting_go(place),
    ]


def gathering(hand: Pose, point: Array, along: Array, side: int) -> list[Leg]:
    """Return legs of a hand that takes hold of a lace at a point (3,), where it runs along some direction (3,), and lifts it."""
    inward = _INWARD * (-1.0 if side == 0 else 1.0)
    there = Pose(
        point + [0.0, 0.0, _PINCH], grasp_rotation(level(heading_along(along, inward, _TURNED)), 0.0, forward=True)
    )
    above = there.at_height(_CLEAR)
    return [
        *letting_go(hand),
        Leg(hand.at_height(_CLEAR), OPEN, most=2.0),
        Leg(above, OPEN, most=4.0),
        Leg(there, OPEN, _SLOW, most=3.0),
        Leg(there, SHUT, least=_CLOSES),
        Leg(above, SHUT, _SLOW, most=3.0),
    ]


def held_axis(observation: Observation, hand: int) -> Array:
    """Return the direction (3,) of the aglet that is nearest to a hand."""
    away = np.asarray(observation["aglet_position"]) - np.asarray(observation["target_position"])[hand]
    return np.asarray(observation["aglet_axis"], np.float64)[np.linalg.norm(away, axis=1).argmin()]


def in_the_shoe(observation: Observation) -> int | None:
    """Return the lace whose aglet lies in the shoe and is held by no hand, if there is one."""
    if holding(observation).any():
        return None
    heights = np.asarray(observation["aglet_position"])[:, 2]
    lies = np.flatnonzero((heights > _IN_THE_SHOE[0]) & (heights < _IN_THE_SHOE[1]))
    return int(lies[0]) if lies.size else None


def clear_of_the_flaps(observation: Observation, lace: int) -> tuple[Array, Array]:
    """Return the point (3,) of a lace, not far behind its aglet, that is farthest from the eyelets, and its direction there (3,)."""
    points = np.asarray(observation["lace_points"], np.float64)[lace]
    eyelets = np.asarray(observation["eyelet_position"], np.float64).reshape(-1, 3)
    numbers: Sequence[int] = range(len(points) - 1 - _NEXT, len(points) - 1)
    gaps = [np.linalg.norm((eyelets - points[number])[:, :2], axis=1).min() for number in numbers]
    best = numbers[int(np.argmax(gaps))]
    return points[best], points[best + 1] - points[best - 1]
