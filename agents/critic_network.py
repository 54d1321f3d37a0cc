"""The critic: a backbone of its own, two readers that judge chunks of actions, and the actor of TD3+BC."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .networks import ChunkTransformer, Context, CriticTransformer, NetworkConfig, make_backbone
from .networks.layers import KeysValues

_CRITICS = 2  # TD3: the more pessimistic one of two sets the target


class CriticNetwork(nn.Module):
    """Values of chunks of actions, and the chunk that the actor would take."""

    def __init__(self, config: NetworkConfig, outputs: int) -> None:
        super().__init__()
        self.config = config
        self.backbone = make_backbone(config)
        self.critics = nn.ModuleList(CriticTransformer(config, outputs) for _ in range(_CRITICS))
        self.actor = ChunkTransformer(config)

    def context(self, observation: Mapping[str, Tensor]) -> list[KeysValues]:
        """Return what critics and actor read of observations (batch, ...)."""
        context: list[KeysValues] = self.backbone(observation)
        return context

    def judge(self, context: Context, actions: Tensor) -> Tensor:
        """Return both critics' outputs after each action of chunks (batch, actions, 14): (2, batch, actions, outputs)."""
        return torch.stack([critic(context, actions) for critic in self.critics])

    def act(self, context: Context) -> Tensor:
        """Return the actor's chunks (batch, chunk, 14)."""
        chunk: Tensor = self.actor(context)
        return torch.tanh(chunk)


def pessimistic(outputs: Tensor, values: Tensor) -> Tensor:
    """Return, of outputs (critics, batch, n), those of the critic with the lowest value (critics, batch)."""
    lowest = values.argmin(dim=0)
    return outputs[lowest, torch.arange(outputs.shape[1], device=outputs.device)]
