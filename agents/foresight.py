"""What will be seen when the next action takes effect: a Smith predictor (Smith, 1957, Chem. Eng. Progress 53, 217-219).

Where actions take effect late and smoothed, the last ones are still under way when the next ones are chosen, and a policy that
takes the observation for the present makes the same motion twice. Its own commands are known, and so is what a deployed
system does with them: the hands are shown where these lead, with the laces that they hold. Nothing else is predicted.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lacelab.envs.deployment import Deployment, Pipeline
from lacelab.envs.spec import ACTION_PER_ARM, ROTATION_SCALE, TRANSLATION_SCALE

from .hands import matrices, moved

Observation = Mapping[str, NDArray[Any]]


class Foresight:
    """Follows the actions that are sent and shows where they lead; without a deployment mode, what is seen."""

    def __init__(self, deployment: Deployment | None) -> None:
        """Know what happens to actions.

        Args:
            deployment: with a latency.
        """
        self._deployment = deployment
        self.reset()

    def reset(self) -> None:
        """Begin an episode: nothing is under way."""
        known = self._deployment
        self._smoother = Pipeline(known, latency=0) if known else None
        self._under_way: deque[NDArray[np.float64]] = deque(maxlen=known.delay if known else 0)

    def sent(self, actions: NDArray[np.float32]) -> None:
        """Follow actions (n, 14) that are sent, one per tick."""
        if self._smoother is not None:
            self._under_way.extend(self._smoother.action(action.astype(np.float64)) for action in actions)

    def __call__(self, observation: Observation) -> dict[str, NDArray[Any]]:
        """Return an observation, without a batch axis, as it will be after the actions that are under way."""
        if self._smoother is None:
            return dict(observation)
        return foreseen(observation, np.array([*self._under_way, *self._smoother.ramp()], np.float32))


def foreseen(observation: Observation, actions: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """Return an observation, without a batch axis, as it will be after actions (n, 14); pictures stay as they are."""
    if not actions.size or "lace_points" not in observation:  # Nobody knows what a camera will see.
        return dict(observation)
    seen = {name: torch.from_numpy(np.asarray(observation[name]))[None] for name in _MOVED}
    after = carried_out(seen, torch.from_numpy(actions)[None])
    return dict(observation) | {name: after[name][0].numpy() for name in _MOVED}


def carried_out(seen: Mapping[str, Tensor], actions: Tensor) -> dict[str, Tensor]:
    """Return observations (batch, ...) with the hands, and the laces that they hold, after actions (batch, n, 14)."""
    position, rotation = seen["target_position"], matrices(seen["target_rotation"])
    for action in actions.unbind(dim=1):
        motion = action.unflatten(1, (2, ACTION_PER_ARM))
        position = position + TRANSLATION_SCALE * (rotation @ motion[..., :3, None])[..., 0]
        rotation = rotation @ torch.linalg.matrix_exp(_cross_product(ROTATION_SCALE * motion[..., 3:6]))
    return moved(seen, position, rotation)


def _cross_product(vectors: Tensor) -> Tensor:
    """Return the matrices (..., 3, 3) whose product with another vector is the cross product with `vectors` (..., 3)."""
    x, y, z = vectors.unbind(dim=-1)
    zero = torch.zeros_like(x)
    rows = [zero, -z, y, z, zero, -x, -y, x, zero]
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))


_MOVED = ("target_position", "target_rotation", "aglet_position", "aglet_axis", "lace_points", "gripper_opening")
