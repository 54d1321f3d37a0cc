"""What learns from rollouts of a frozen policy: it has a critic of actions that goes on learning, and buffers that are replaced."""

import copy
from abc import abstractmethod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .. import checkpoint
from ..critic_network import CriticNetwork
from ..learned import carried_out
from ..networks import Context
from ..policy_network import PolicyNetwork
from ..value_heads import ValueHead
from .loop import Resumable
from .transitions import Transition, Transitions, join

MOST = 1_000_000  # episodes or steps of a run: rollouts of the next seed begin there
BUFFERS = 3  # that a batch is shared by, at most


class OnlineLearner(Resumable):
    """A frozen policy, a critic with its slowly following target, and buffers; `online.learn` replaces the buffers."""

    def __init__(
        self, policy: PolicyNetwork, critic: CriticNetwork, head: ValueHead, buffers: tuple[Transitions, ...]
    ) -> None:
        """Begin with a critic.

        Args:
            policy: frozen.
            critic: of actions, warm-started.
            head: what its outputs mean.
            buffers: sampled evenly.
        """
        self._policy, self._head, self.buffers = policy, head, buffers
        self._executed = carried_out(policy.config.chunk)
        self.device = checkpoint.device()
        self.critic, self.target = critic, copy.deepcopy(critic).requires_grad_(requires_grad=False)

    def draw(self, numbers: np.random.Generator, size: int) -> Transition:
        """Return a batch of `size` samples, shared evenly by the buffers."""
        share = size // len(self.buffers)
        return join([buffer.draw(numbers, share, 0.0, self.device) for buffer in self.buffers])

    def offered(self, context: Context, noise: Tensor) -> Tensor:
        """Return what the policy would carry out of the chunks (batch, chunk, 14) that noise leads to, (batch, executed, 14).

        What follows in a chunk is planned anew before it happens: a critic that judged it would praise a hand that rests for
        now and means to move later.
        """
        return self._policy.decode(context, noise)[:, : self._executed]

    @abstractmethod
    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step."""

    @abstractmethod
    def update_critics(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step of the warm start, in which no noise predictor moves."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write what acts in the next round."""
