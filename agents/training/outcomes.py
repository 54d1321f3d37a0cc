"""A critic that learns how episodes end: the chance of success where a policy goes on as it is, from all its rollouts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lacelab.envs.parameters import check_count

from .. import checkpoint
from ..critic_network import CriticNetwork
from ..learned import carried_out
from ..value_heads import ValueHead
from .loop import Resumable
from .td import chunk_loss
from .transitions import Transitions


@dataclass(frozen=True)
class OutcomesConfig:
    """Learning from outcomes.

    Attributes:
        steps: gradient steps: about one pass through 200 rollouts, as more would learn how each of them ended by heart.
        batch: samples per step.
        learning_rate: of AdamW.
        mirror: probability that a sample is mirrored.
    """

    steps: int = 300
    batch: int = 256
    learning_rate: float = 3e-4
    mirror: float = 0.5

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be learned with.

        Raises:
            ParameterError: naming the valid range.
        """
        check_count("steps", self.steps, 1, 1_000_000)
        check_count("batch", self.batch, 1, 1_000_000)


class Outcomes(Resumable):
    """Learner of such a critic."""

    def __init__(
        self, config: OutcomesConfig, critic: CriticNetwork, head: ValueHead, transitions: Transitions
    ) -> None:
        """Begin with a critic.

        Args:
            config: rates.
            critic: to teach.
            head: what its outputs mean.
            transitions: whose rewards are outcomes, without discounts: of chunks as long as `returns.ENDLESS`.
        """
        self._config, self.critic, self._head, self._transitions = config, critic, head, transitions
        self._executed = carried_out(critic.config.chunk)
        self._device = checkpoint.device()
        self._optimizer = torch.optim.AdamW(critic.parameters(), config.learning_rate, fused=True)

    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step on a fresh batch."""
        config = self._config
        batch = self._transitions.draw(numbers, config.batch, config.mirror, self._device)
        outputs = self.critic.judge(self.critic.context(batch.now.observation), batch.now.actions[:, : self._executed])
        nothing_later = torch.zeros_like(outputs[0, :, 0])
        loss = chunk_loss(self._head, outputs, self._head.backup(nothing_later, batch.reward, batch.discount))
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        return {"outcome_loss": loss.detach()}

    def parts(self) -> dict[str, Any]:
        """Return what is saved and loaded."""
        return {"critic": self.critic, "optimizer": self._optimizer}
