"""Actions of hands that are led by hand-written rules: straight ways, at rest, open or closed. Pure functions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.rotations import rotation_matrix, rotation_vector, shortened
from lacelab.envs.spec import ACTION_PER_ARM, ROTATION_SCALE, TRANSLATION_SCALE

from .hands import tool_rotations
from .sure_release import OPEN, SHUT

Array = NDArray[np.float64]
Pose = tuple[Array, Array]
"""Of both hands: positions (2, 3) [m] and rotations (2, 3, 3)."""

SPEED = 0.6
"""Share of full speed."""

_UP, _TURN = 0.3, 0.3  # of full speed


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


def towards(hands: Pose, goals: Pose, count: int, speed: float = SPEED) -> NDArray[np.float32]:
    """Return actions (count, 14) that lead open hands on a straight line to other poses, at a share of full speed."""
    actions = resting(count).reshape(count, 2, -1)
    for side, (position, rotation) in enumerate(zip(*hands, strict=True)):
        for action in actions[:, side]:
            shift = shortened(rotation.T @ (goals[0][side] - position) / TRANSLATION_SCALE, speed)
            turn = shortened(rotation_vector(rotation.T @ goals[1][side]) / ROTATION_SCALE, _TURN)
            action[:6] = np.concatenate([shift, turn])
            position = position + rotation @ shift * TRANSLATION_SCALE
            rotation = rotation @ rotation_matrix(turn * ROTATION_SCALE)
    return actions.reshape(count, -1)


def hands_of(observation: Mapping[str, NDArray[Any]]) -> Pose:
    """Return where the hands of an observation are commanded to be."""
    return np.asarray(observation["target_position"], np.float64), tool_rotations(observation).astype(np.float64)
