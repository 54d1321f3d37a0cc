"""The transformers of GR-RL: a backbone, and an action transformer, critic and noise predictor that read it.

The three readers attend, layer by layer, to the keys and values of the later half of the backbone's layers
(arXiv 2512.01801, section 3.1).
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.spec import ACTION_SIZE

from .config import NetworkConfig
from .encoders import ENCODERS
from .layers import Block, KeysValues, ModulatedBlock

Context = Sequence[KeysValues]
"""Keys and values of the shown layers."""


class Backbone(nn.Module):
    """Turn an observation into the context that the other transformers read."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        if config.encoder not in ENCODERS:
            raise UnknownNameError("encoder", config.encoder, ENCODERS)
        self._shown = config.shown_layers
        self.encoder = ENCODERS[config.encoder](config.width)
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.layers))

    def forward(self, observation: Mapping[str, Tensor]) -> list[KeysValues]:
        """Return the context of a batch of observations, each entry (batch, ...)."""
        tokens = self.encoder(observation)
        shown: list[KeysValues] = []
        *before, last = self.blocks
        for block in before:
            tokens, keys_values = block(tokens)
            shown.append(keys_values)
        assert isinstance(last, Block)
        return [*shown, last.keys_values(tokens)][-self._shown :]


class ActionTransformer(nn.Module):
    """Velocity of the flow from noise to actions: one token per action, and one that sums up the state."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.actions = nn.Linear(ACTION_SIZE, config.width)
        self.places = nn.Parameter(0.02 * torch.randn(config.chunk + 1, config.width))
        self.time = nn.Sequential(nn.Linear(_FREQUENCIES * 2, config.width), nn.SiLU())
        self.blocks = nn.ModuleList(ModulatedBlock(config.width, config.heads) for _ in range(config.shown_layers))
        self.norm = nn.RMSNorm(config.width)
        self.velocity = nn.Linear(config.width, ACTION_SIZE)
        nn.init.zeros_(self.velocity.weight)
        nn.init.zeros_(self.velocity.bias)

    def forward(self, context: Context, point: Tensor, time: Tensor) -> Tensor:
        """Return velocities (batch, chunk, action) at points of the paths (batch, chunk, action) and times (batch,)."""
        precision = self.places.dtype
        condition = self.time(_waves(time).to(precision))
        state = self.places.new_zeros(len(point), 1, self.places.shape[-1])
        tokens = torch.cat([state, self.actions(point.to(precision))], dim=1) + self.places
        for block, shown in zip(self.blocks, context, strict=True):
            tokens = block(tokens, condition, shown)
        return self.velocity(self.norm(tokens[:, 1:])).to(point.dtype)


class CriticTransformer(nn.Module):
    """Distributions of returns after each action of a chunk, causal over the actions."""

    def __init__(self, config: NetworkConfig, outputs: int) -> None:
        super().__init__()
        self.actions = nn.Linear(ACTION_SIZE, config.width)
        self.places = nn.Parameter(0.02 * torch.randn(config.chunk, config.width))
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.shown_layers))
        self.norm = nn.RMSNorm(config.width)
        self.logits = nn.Linear(config.width, outputs)

    def forward(self, context: Context, actions: Tensor) -> Tensor:
        """Return logits (batch, actions, outputs) for the first actions (batch, actions, action) of a chunk."""
        count = actions.shape[1]
        seen = context[0].keys.shape[2]
        mask = torch.ones(count, seen + count, dtype=torch.bool, device=actions.device)
        mask[:, seen:] = torch.tril(mask[:, seen:])
        tokens = self.actions(actions) + self.places[:count]
        for block, shown in zip(self.blocks, context, strict=True):
            tokens, _ = block(tokens, shown, mask)
        return self.logits(self.norm(tokens))


class ChunkTransformer(nn.Module):
    """A chunk for every state, from one learned query per action: deterministic actors and noise predictors."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.queries = nn.Parameter(0.02 * torch.randn(config.chunk, config.width))
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.shown_layers))
        self.norm = nn.RMSNorm(config.width)
        self.chunk = nn.Linear(config.width, ACTION_SIZE)
        nn.init.zeros_(self.chunk.weight)
        nn.init.zeros_(self.chunk.bias)

    def forward(self, context: Context) -> Tensor:
        """Return chunks (batch, chunk, action), zero before any training."""
        tokens = self.queries.expand(len(context[0].keys), -1, -1)
        for block, shown in zip(self.blocks, context, strict=True):
            tokens, _ = block(tokens, shown)
        return self.chunk(self.norm(tokens))


_FREQUENCIES = 16


def _waves(time: Tensor) -> Tensor:
    """Return sines and cosines (batch, 32) of times (batch,) in [0, 1]."""
    frequencies = torch.pi * 2.0 ** torch.linspace(-1.0, 6.0, _FREQUENCIES, device=time.device, dtype=time.dtype)
    angles = time[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
