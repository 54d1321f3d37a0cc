"""Takes hold again of a lace that hangs in its eyelet, as it was held when it went through.

Who hands a lace over through an eyelet may lose it: the other hand takes it by its last millimetres, or the aglet slips back. Friction then keeps it where it is, with too little of it outside
for anyone, and no demonstrator has shown what to do. The hand that has pushed it in goes back to where it held it, as seen from the aglet, and closes; what follows is the policy's. Only
hands, laces and eyelets are looked at, so that it is the same on a robot.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.language import decode, parse
from lacelab.envs.rotations import rotation_matrix
from lacelab.envs.spec import CONTROL_PERIOD

from .hands import around_something, hands_and_laces, held_laces, tool_rotations
from .motions import SPEED, Pose, towards
from .sure_release import OPEN, SHUT, gripper

Array = NDArray[np.float64]
Observation = Mapping[str, NDArray[Any]]

_LOST = 3  # looks in a row
_HANGS = TABLE_HEIGHT + 0.03  # m, of a tip that is in an eyelet
_NEAR, _OUTSIDE = 0.03, 0.02  # m from the eyelet; m beyond it, more than is pushed through
_BACK = 0.05  # m from which a hand comes
_HIGH = TABLE_HEIGHT + 0.17  # m
_SLOW = 0.2  # of full speed
_ARRIVED = 0.003  # m
_CLOSES, _MOST = 1.0, 3.0  # s, of a leg


class Hold(NamedTuple):
    """How a hand has held an aglet."""

    hand: int
    offset: Array  # (3,) [m], from the tip
    rotation: Array  # (3, 3)
    axis: Array  # (3,), of the aglet


class HoldingAgain:
    """Remembers how what is in an eyelet was held, and notices that nobody holds it any more."""

    def __init__(self) -> None:
        """Begin with nothing held."""
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self._hold: Hold | None = None
        self._lost = 0

    def __call__(self, observation: Observation, threaded: bool) -> bool:
        """Return whether what is in an eyelet is to be held again."""
        lace = asked_for(observation)
        if lace is None or not threaded:
            self.reset()
            return False
        seen = hands_and_laces(observation)
        holds = np.flatnonzero((held_laces(seen)[0, :, lace] & around_something(seen)[0]).numpy())
        if self._hold is None and len(holds) == 1:
            self._hold = _hold(observation, lace, int(holds[0]))
        self._lost = self._lost + 1 if not len(holds) and hangs(observation, lace) else 0
        return self._hold is not None and self._lost >= _LOST

    def goal(self, observation: Observation) -> tuple[int, Array, Array]:
        """Return the hand that is to hold it, and where: position (3,) and rotation (3, 3)."""
        hold, lace = self._hold, asked_for(observation)
        assert hold is not None and lace is not None
        turn = turning(hold.axis, np.asarray(observation["aglet_axis"], np.float64)[lace])
        tip = np.asarray(observation["aglet_position"], np.float64)[lace]
        self._lost = 0
        return hold.hand, tip + turn @ hold.offset, turn @ hold.rotation


class Leg(NamedTuple):
    """A straight way of one hand."""

    position: Array  # (3,) [m]
    rotation: Array  # (3, 3)
    speed: float  # share of full speed
    gripper: float


class Taking:
    """Leads one hand to where it takes hold, from its back, while the other one goes home."""

    def __init__(self, hand: int, position: Array, rotation: Array, hands: Pose, home: Pose) -> None:
        """Plan the way of a hand to a position (3,) [m] and a rotation (3, 3)."""
        before = position + _BACK * rotation[:, 2]
        rises = _raised(hands[0][hand])
        self._hand, self._home, self._ticks = hand, home, 0
        self._legs = deque(
            [
                Leg(rises, hands[1][hand], SPEED, OPEN),
                Leg(_raised(before), rotation, SPEED, OPEN),
                Leg(before, rotation, SPEED, OPEN),
                Leg(position, rotation, _SLOW, OPEN),
                Leg(position, rotation, _SLOW, SHUT),
            ]
        )

    @property
    def over(self) -> bool:
        """Whether the hand has had its time to close."""
        return not self._legs

    def __call__(self, hands: Pose, count: int) -> NDArray[np.float32]:
        """Return the next actions (count, 14)."""
        leg = self._legs[0]
        positions, rotations = self._home[0].copy(), self._home[1].copy()
        positions[self._hand], rotations[self._hand] = leg.position, leg.rotation
        actions = towards(hands, (positions, rotations), count, leg.speed)
        actions[:, gripper(self._hand)] = leg.gripper
        self._ticks += count
        seconds, gap = self._ticks * CONTROL_PERIOD, np.linalg.norm(hands[0][self._hand] - leg.position)
        if seconds > _MOST or (seconds >= _CLOSES if leg.gripper == SHUT else gap < _ARRIVED):
            self._legs.popleft()
            self._ticks = 0
        return actions


def _raised(position: Array) -> Array:
    return np.array([*position[:2], max(float(position[2]), _HIGH)])


def asked_for(observation: Observation) -> int | None:
    """Return the lace that the instruction asks for an eyelet, if it does."""
    goal = parse(decode(observation["instruction"]))
    return int(goal.lace.index) if isinstance(goal, EyeletGoal) else None


def hangs(observation: Observation, lace: int) -> bool:
    """Return whether the tip of a lace is in an eyelet, or just outside, and would come out of the hand that pulls it there."""
    tip = np.asarray(observation["aglet_position"], np.float64)[lace]
    axis = np.asarray(observation["aglet_axis"], np.float64)[lace]
    ways = tip - np.asarray(observation["eyelet_position"], np.float64).reshape(-1, 3)
    way = ways[np.linalg.norm(ways, axis=1).argmin()]
    return bool(tip[2] > _HANGS and np.linalg.norm(way) < _NEAR and way @ axis < _OUTSIDE)


def turning(before: Array, after: Array) -> Array:
    """Return the smallest rotation (3, 3) of one direction (3,) to another one."""
    normal = np.cross(before, after)
    length = np.linalg.norm(normal)
    return rotation_matrix(normal / length * np.arctan2(length, before @ after)) if length > 1e-9 else np.eye(3)


def _hold(observation: Observation, lace: int, hand: int) -> Hold:
    position = np.asarray(observation["target_position"], np.float64)[hand]
    offset = position - np.asarray(observation["aglet_position"], np.float64)[lace]
    rotation = tool_rotations(observation)[hand].astype(np.float64)
    return Hold(hand, offset, rotation, np.asarray(observation["aglet_axis"], np.float64)[lace])
