"""What will be seen when the next action takes effect: a Smith predictor (Smith, 1957, Chem. Eng. Progress 53, 217-219).

Where actions take effect late and smoothed, the last ones are still under way when the next ones are chosen, and a policy that
takes the observation for the present makes the same motion twice. Its own commands are known, and so is what a deployed
system does with them: the hands are shown where these lead, with the laces that they hold. Nothing else is predicted. How late
actions take effect is measured as the episode goes on, from the expected delay on.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lacelab.envs.deployment import Deployment, Pipeline

from .delay import MeasuredDelay
from .hands import advanced, matrices, moved

Observation = Mapping[str, NDArray[Any]]


class Foresight:
    """Follows the actions that are sent and shows where they lead; without a deployment mode, what is seen."""

    def __init__(self, deployment: Deployment | None) -> None:
        """Know what happens to actions.

        Args:
            deployment: with a latency.
        """
        self._deployment = deployment
        self._delay = MeasuredDelay(deployment.delay) if deployment else None
        self.reset()

    def reset(self) -> None:
        """Begin an episode: nothing is under way."""
        self._smoother = Pipeline(self._deployment, latency=0) if self._deployment else None
        if self._delay is not None:
            self._delay.reset()

    def sent(self, actions: NDArray[np.float32]) -> None:
        """Follow actions (n, 14) that are sent, one per tick."""
        if self._smoother is not None and self._delay is not None:
            for action in actions:
                self._delay.sent(self._smoother.action(action.astype(np.float64)).astype(np.float32))

    def __call__(self, observation: Observation) -> dict[str, NDArray[Any]]:
        """Return an observation, without a batch axis, as it will be after the actions that are under way."""
        if self._smoother is None or self._delay is None or not _can_be_moved(observation):
            return dict(observation)
        self._delay.observe(observation)
        return foreseen(observation, np.array([*self._delay.under_way, *self._smoother.ramp()], np.float32))


def foreseen(observation: Observation, actions: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """Return an observation, without a batch axis, as it will be after actions (n, 14); pictures stay as they are."""
    if not actions.size or not _can_be_moved(observation):
        return dict(observation)
    seen = {name: torch.from_numpy(np.asarray(observation[name]))[None] for name in _MOVED}
    after = carried_out(seen, torch.from_numpy(actions)[None])
    return dict(observation) | {name: after[name][0].numpy() for name in _MOVED}


def _can_be_moved(observation: Observation) -> bool:
    """Return whether it holds hands and laces: nobody knows what a camera will see."""
    return "lace_points" in observation


def carried_out(seen: Mapping[str, Tensor], actions: Tensor) -> dict[str, Tensor]:
    """Return observations (batch, ...) with the hands, and the laces that they hold, after actions (batch, n, 14)."""
    return moved(seen, *advanced(seen["target_position"], matrices(seen["target_rotation"]), actions))


_MOVED = ("target_position", "target_rotation", "aglet_position", "aglet_axis", "lace_points", "gripper_opening")
