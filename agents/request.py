"""What an observation asks for, read from its instruction."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from lacelab.envs.goals import EyeletGoal
from lacelab.envs.language import decode, parse

Observation = Mapping[str, NDArray[Any]]


def asked_for(observation: Observation) -> int | None:
    """Return the lace that the instruction asks for an eyelet, if it does."""
    goal = parse(decode(observation["instruction"]))
    return int(goal.lace.index) if isinstance(goal, EyeletGoal) else None
