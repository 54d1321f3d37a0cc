"""Layers of the transformers: attention over own and given keys and values, blocks with and without modulation."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

_MLP_RATIO = 2


class KeysValues(NamedTuple):
    """What a layer shows to other transformers, both (batch, heads, tokens, width per head)."""

    keys: Tensor
    values: Tensor

    def repeated(self, times: int) -> "KeysValues":
        """Return every sample `times` times in a row."""
        return KeysValues(self.keys.repeat_interleave(times, 0), self.values.repeat_interleave(times, 0))


class Attention(nn.Module):
    """Multi-head attention of tokens over themselves and over the keys and values of another transformer."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.project_in = nn.Linear(width, 3 * width, bias=False)
        self.project_out = nn.Linear(width, width, bias=False)

    def forward(
        self, tokens: Tensor, context: KeysValues | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, KeysValues]:
        """Return new tokens (batch, tokens, width) and the own keys and values.

        Args:
            tokens: (batch, tokens, width).
            context: keys and values that come before the own ones.
            mask: (tokens, context + tokens), true where attention is allowed.
        """
        q, k, v = self._project(tokens)
        own = KeysValues(k, v)
        if context is not None:
            k, v = torch.cat([context.keys, k], dim=2), torch.cat([context.values, v], dim=2)
        mixed = _attend(q, k, v, mask)
        return self.project_out(mixed.transpose(1, 2).flatten(2)), own

    def keys_values(self, tokens: Tensor) -> KeysValues:
        """Return the own keys and values of tokens alone."""
        _, k, v = self._project(tokens)
        return KeysValues(k, v)

    def _project(self, tokens: Tensor) -> Tensor:
        """Return queries, keys and values (3, batch, heads, tokens, width per head)."""
        batch, count, _ = tokens.shape
        return self.project_in(tokens).reshape(batch, count, 3, self._heads, -1).permute(2, 0, 3, 1, 4)


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Return attention (batch, heads, tokens, width per head); written out for CPUs, whose fused form is slow backwards."""
    if q.is_cuda:
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return scores.softmax(dim=-1) @ v


class Block(nn.Module):
    """Attention and a multi-layer perceptron, each behind a norm and beside a residual path."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_attention, self.norm_mlp = nn.RMSNorm(width), nn.RMSNorm(width)
        self.attention = Attention(width, heads)
        self.mlp = mlp(width)

    def forward(
        self, tokens: Tensor, context: KeysValues | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, KeysValues]:
        """Return new tokens (batch, tokens, width) and the keys and values of the attention; see `Attention`."""
        mixed, shown = self.attention(self.norm_attention(tokens), context, mask)
        tokens = tokens + mixed
        return tokens + self.mlp(self.norm_mlp(tokens)), shown

    def keys_values(self, tokens: Tensor) -> KeysValues:
        """Return what the attention shows of tokens, for a last layer whose own tokens nobody reads."""
        return self.attention.keys_values(self.norm_attention(tokens))


class ModulatedBlock(nn.Module):
    """A block whose norms are scaled and shifted, and whose branches are gated, by a condition.

    AdaLN-Zero of Peebles and Xie, 2022 (arXiv 2212.09748, section 3.2): the gates begin at zero.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_attention = nn.RMSNorm(width, elementwise_affine=False)
        self.norm_mlp = nn.RMSNorm(width, elementwise_affine=False)
        self.attention = Attention(width, heads)
        self.mlp = mlp(width)
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, tokens: Tensor, condition: Tensor, context: KeysValues) -> Tensor:
        """Return new tokens (batch, tokens, width) under a condition (batch, width)."""
        scale_a, shift_a, gate_a, scale_m, shift_m, gate_m = self.modulation(condition)[:, None].chunk(6, dim=-1)
        mixed, _ = self.attention(self.norm_attention(tokens) * (1.0 + scale_a) + shift_a, context)
        tokens = tokens + gate_a * mixed
        return tokens + gate_m * self.mlp(self.norm_mlp(tokens) * (1.0 + scale_m) + shift_m)


def mlp(width: int) -> nn.Sequential:
    """Return the perceptron of a block."""
    return nn.Sequential(nn.Linear(width, _MLP_RATIO * width), nn.GELU(), nn.Linear(_MLP_RATIO * width, width))


def embed(inputs: int, width: int) -> nn.Sequential:
    """Return a perceptron that turns measured features into a token."""
    return nn.Sequential(nn.Linear(inputs, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
