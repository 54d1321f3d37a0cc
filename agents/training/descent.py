"""The optimiser of the policy: Muon for the matrices of linear layers, AdamW for everything else, one schedule for both."""

from typing import Any

import torch
from torch import nn

from ..schedules import warm_cosine
from .muon import Muon


class Descent:
    """Steps down the gradient of a network."""

    def __init__(
        self, network: nn.Module, learning_rate: float, matrix_learning_rate: float, weight_decay: float, steps: int
    ) -> None:
        """Share out the weights that learn.

        Args:
            network: to train.
            learning_rate: of AdamW, at its highest.
            matrix_learning_rate: of Muon, at its highest, on the scale of AdamW.
            weight_decay: of both.
            steps: after which both rates are zero.
        """
        linear = {id(module.weight) for module in network.modules() if isinstance(module, nn.Linear)}
        learning = [weight for weight in network.parameters() if weight.requires_grad]
        matrices = [weight for weight in learning if id(weight) in linear]
        rest = [weight for weight in learning if id(weight) not in linear]
        self._optimizers: tuple[torch.optim.Optimizer, ...] = (
            torch.optim.AdamW(rest, learning_rate, weight_decay=weight_decay, fused=True),
            Muon(matrices, matrix_learning_rate, weight_decay),
        )
        self._schedules = tuple(warm_cosine(optimizer, steps) for optimizer in self._optimizers)

    @property
    def learning_rate(self) -> float:
        """The present rate of AdamW."""
        return float(self._schedules[0].get_last_lr()[0])

    def forget(self) -> None:
        """Drop the gradients."""
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none=True)

    def step(self) -> None:
        """Move the weights along their gradients, and both rates along the schedule."""
        for optimizer, schedule in zip(self._optimizers, self._schedules, strict=True):
            optimizer.step()
            schedule.step()

    def state_dict(self) -> dict[str, Any]:
        """Return everything that is needed to go on."""
        return {
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "schedules": [schedule.state_dict() for schedule in self._schedules],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        for schedule, saved in zip(self._schedules, state["schedules"], strict=True):
            schedule.load_state_dict(saved)
