"""What a critic's outputs mean: a distribution of returns, or, for comparison, one number."""

from typing import Protocol

import torch
from torch import Tensor

from lacelab.envs.exceptions import UnknownNameError

from . import distributional


class ValueHead(Protocol):
    """Turns outputs into values, targets and losses; the last axis of outputs is `outputs` wide."""

    outputs: int

    def value(self, outputs: Tensor) -> Tensor:
        """Return values in [0, 1] (...,)."""
        ...

    def backup(self, outputs: Tensor, reward: Tensor, discount: Tensor) -> Tensor:
        """Return the target (batch, ...) of reward and discounted outputs (batch, outputs) a chunk later."""
        ...

    def distil(self, outputs: Tensor) -> Tensor:
        """Return the target (batch, ...) that outputs (batch, outputs) themselves are."""
        ...

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Return losses (...,) of outputs (..., outputs)."""
        ...


class Categorical:
    """A distribution on bins of [0, 1], trained by cross-entropy (GR-RL)."""

    def __init__(self, bins: int = distributional.BINS) -> None:
        self.outputs = bins

    def value(self, outputs: Tensor) -> Tensor:
        """Return the means."""
        return distributional.mean(outputs)

    def backup(self, outputs: Tensor, reward: Tensor, discount: Tensor) -> Tensor:
        """Return the projected distribution (batch, bins)."""
        return distributional.project(torch.softmax(outputs, dim=-1), reward, discount)

    def distil(self, outputs: Tensor) -> Tensor:
        """Return the distribution (batch, bins)."""
        return torch.softmax(outputs, dim=-1)

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Return cross-entropies."""
        return distributional.cross_entropy(outputs, target)


class Scalar:
    """One number, trained by squared errors: the ablation that GR-RL compares with."""

    outputs = 1

    def value(self, outputs: Tensor) -> Tensor:
        """Return the numbers, kept within [0, 1]."""
        return outputs[..., 0].clamp(0.0, 1.0)

    def backup(self, outputs: Tensor, reward: Tensor, discount: Tensor) -> Tensor:
        """Return the discounted sums (batch, 1)."""
        return reward[:, None] + discount[:, None] * outputs.clamp(0.0, 1.0)

    def distil(self, outputs: Tensor) -> Tensor:
        """Return the numbers (batch, 1)."""
        return outputs.clamp(0.0, 1.0)

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Return squared errors."""
        return (outputs - target).square().sum(dim=-1)


def find_head(name: str, bins: int) -> ValueHead:
    """Return a head by name.

    Raises:
        UnknownNameError: if there is no such head.
    """
    heads: dict[str, ValueHead] = {"categorical": Categorical(bins), "scalar": Scalar()}
    if name not in heads:
        raise UnknownNameError("value head", name, heads)
    return heads[name]
