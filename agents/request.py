"""What an observation asks for, read from its instruction."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.goals import EyeletGoal, Goal, PickGoal
from lacelab.envs.language import decode, encode, instruction, parse

Observation = Mapping[str, NDArray[Any]]

_EYELET = 1  # the one in the middle


def asked_for(observation: Observation) -> int | None:
    """Return the lace that the instruction asks for an eyelet, if it does."""
    goal = _goal(observation)
    return int(goal.lace.index) if isinstance(goal, EyeletGoal) else None


def with_an_eyelet(observation: Observation) -> Observation:
    """Return an observation that asks to thread a lace where it asked to pick it up.

    Threading begins with that, and policies that were cloned from ThreadEyelet have learned no other picking.
    """
    goal = _goal(observation)
    if not isinstance(goal, PickGoal):
        return observation
    eyelet = EyeletGoal(goal.lace, goal.lace, _EYELET)
    return dict(observation) | {
        "instruction": encode(instruction("ThreadEyelet", eyelet)).astype(np.asarray(observation["instruction"]).dtype)
    }


def _goal(observation: Observation) -> Goal:
    return parse(decode(observation["instruction"]))
