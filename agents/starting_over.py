"""A policy that starts over where it gets nowhere: it lets go, and its hands go back to where the episode began.

While the lace asked for is in an eyelet, a hand that holds a lace keeps hold and stays where it is: let go, it would be out of reach inside.

A policy without memory does the same again wherever it is stuck. A person who lays everything aside and begins anew is in a place
that every demonstration begins with; so are hands that go home. Nothing but the hands and what the policy itself has seen is
looked at, so that it is the same on a robot. Counted as `retries` in the rows of an evaluation. While the policy acts, its hands are looked after
before they close (`sure_aim`, `sure_grasp`), when they lift (`gentle_lift`) and when they let go (`sure_release`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.rotations import rotation_matrix, rotation_vector, shortened
from lacelab.envs.spec import ACTION_PER_ARM, CONTROL_PERIOD, ROTATION_SCALE, TRANSLATION_SCALE

from .foresight import foreseen
from .gentle_lift import lifted_slowly
from .hands import holding, tool_rotations
from .impasse import Impasse
from .learned import LearnedPolicy
from .sure_aim import brought_over
from .sure_grasp import well_placed
from .sure_release import OPEN, SHUT, SureRelease

Array = NDArray[np.float64]
Pose = tuple[Array, Array]  # (2, 3) [m] and (2, 3, 3)
Observation = Mapping[str, NDArray[Any]]

_LETTING_GO, _RISING, _HOME = 0.4, 1.2, 8.0  # s, the last one at most
_UP, _SPEED, _TURN = 0.3, 0.6, 0.3  # shares of full speed
_ARRIVED = 0.01  # m


class StartingOver:
    """Runs a learned policy, and begins anew at an impasse; the same seed and observations give the same actions."""

    def __init__(self, policy: LearnedPolicy) -> None:
        """Watch a policy."""
        self._policy, self._impasse, self._release = policy, Impasse(policy.executed), SureRelease()
        self.reset(0)

    @property
    def phase(self) -> str:
        """What it is doing."""
        return "acting" if self._ticks is None else "starting over"

    @property
    def chunk(self) -> int:
        """Actions per chunk of the network."""
        return self._policy.chunk

    @property
    def retries(self) -> int:
        """How often it began anew, a hand that would have closed beside an aglet was brought over it, or one that had closed on nothing drew back."""
        return self._begun_anew + self._aimed_anew + self._release.misses

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._policy.reset(seed)
        self._impasse.reset()
        self._release.reset()
        self._home: Pose | None = None
        self._ticks: int | None = None  # since it began to start over
        self._keep = np.zeros(2, np.bool_)  # hands that hold what is in an eyelet
        self._begun_anew = self._aimed_anew = 0

    def act(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return the next actions (executed, 14), all of which are taken to be carried out; see `LearnedPolicy.act`."""
        return self.sent(self.wanted(observation, noise))

    def wanted(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return what is wanted (executed, 14): by the network, or by who lays everything aside."""
        if "target_position" not in observation:  # pictures alone do not tell where hands are
            return self._policy.wanted(observation, noise)
        if self._home is None:
            self._home = _hands(observation)
        if self._ticks is None and self._impasse(observation):
            self._ticks, self._begun_anew = 0, self._begun_anew + 1
            self._keep = holding(observation) & self._impasse.threaded
            self._release.again()
        if self._ticks is None:
            return self._looked_after(observation, self._policy.wanted(observation, noise))
        aside = self._aside(_hands(self._policy.foreseen(observation)), self._home)
        return np.where(np.repeat(self._keep, ACTION_PER_ARM), keeping(len(aside)), aside)

    def _looked_after(self, observation: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        ahead = self._policy.foreseen(observation)
        over = brought_over(ahead, wanted)
        self._aimed_anew += not np.array_equal(over, wanted)
        return self._release(observation, lifted_slowly(ahead, well_placed(ahead, over)))

    def sent(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the actions (n, 14) that wanted ones become."""
        return self._policy.sent(wanted)

    def act_ahead(self, observation: Observation, committed: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the chunk that follows on committed actions (n, 14); see `LearnedPolicy.act_ahead`."""
        return self.act(foreseen(observation, committed))

    def _aside(self, hands: Pose, home: Pose) -> NDArray[np.float32]:
        """Return the next actions of hands that let go, rise and go home (executed, 14)."""
        assert self._ticks is not None
        count, seconds = self._policy.executed, self._ticks * CONTROL_PERIOD
        self._ticks += count
        if seconds < _LETTING_GO:
            return resting(count)
        if seconds < _LETTING_GO + _RISING:
            return rising(hands, count)
        arrived = np.all((np.linalg.norm(hands[0] - home[0], axis=1) < _ARRIVED) | self._keep)
        if arrived or seconds > _LETTING_GO + _RISING + _HOME:
            self._ticks = None
            self._impasse.again()
        return towards(hands, home, count)


def resting(count: int) -> NDArray[np.float32]:
    """Return actions (count, 14) that open both hands where they are."""
    return _motionless(count, OPEN)


def keeping(count: int) -> NDArray[np.float32]:
    """Return actions (count, 14) that keep both hands closed where they are."""
    return _motionless(count, SHUT)


def _motionless(count: int, gripper: float) -> NDArray[np.float32]:
    actions = np.zeros((count, 2, ACTION_PER_ARM), np.float32)
    actions[:, :, -1] = gripper
    return actions.reshape(count, -1)


def rising(hands: Pose, count: int) -> NDArray[np.float32]:
    """Return actions (count, 14) that raise open hands."""
    actions = resting(count).reshape(count, 2, -1)
    actions[:, :, :3] = hands[1].transpose(0, 2, 1) @ (0.0, 0.0, _UP)
    return actions.reshape(count, -1)


def towards(hands: Pose, home: Pose, count: int) -> NDArray[np.float32]:
    """Return actions (count, 14) that lead open hands on a straight line to other poses."""
    actions = resting(count).reshape(count, 2, -1)
    for side, (position, rotation) in enumerate(zip(*hands, strict=True)):
        for action in actions[:, side]:
            shift = shortened(rotation.T @ (home[0][side] - position) / TRANSLATION_SCALE, _SPEED)
            turn = shortened(rotation_vector(rotation.T @ home[1][side]) / ROTATION_SCALE, _TURN)
            action[:6] = np.concatenate([shift, turn])
            position = position + rotation @ shift * TRANSLATION_SCALE
            rotation = rotation @ rotation_matrix(turn * ROTATION_SCALE)
    return actions.reshape(count, -1)


def _hands(observation: Observation) -> Pose:
    """Return where the hands of an observation are commanded to be."""
    return np.asarray(observation["target_position"], np.float64), tool_rotations(observation).astype(np.float64)
