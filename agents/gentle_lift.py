"""Lifts slowly what has just been picked up.

An arm that starts at full speed jerks: its joints lag behind each other, and the hand goes 4 cm in a tick where 1 cm was asked for. What is held
by a few millimetres between pads is pulled towards their edge by that, and squeezed out of them some seconds later.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.spec import ACTION_PER_ARM

from .hands import holding, tool_rotations

SLOWLY = 0.4
"""Share of the wanted motion."""

_LOW = TABLE_HEIGHT + 0.05  # m, of the hand

Observation = Mapping[str, NDArray[Any]]


def lifted_slowly(ahead: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return actions (n, 14) instead of those that are wanted: a hand that goes up from the mat with a lace does so slowly.

    Args:
        ahead: observation, with hands where everything that is under way leads.
        wanted: actions (n, 14) from there on.
    """
    actions = wanted.copy()
    rotation = tool_rotations(ahead)
    motions = actions.reshape(len(wanted), 2, ACTION_PER_ARM)
    for hand in np.flatnonzero(holding(ahead) & (np.asarray(ahead["target_position"])[:, 2] < _LOW)):
        if (motions[:, hand, :3] @ rotation[hand, 2]).sum() > 0.0:
            motions[:, hand, :6] *= SLOWLY
    return actions
