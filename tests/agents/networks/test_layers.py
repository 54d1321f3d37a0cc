"""Attention over own and shown tokens, and blocks."""

import torch
from observations import awaken
from torch.nn import functional

from lacelab.agents.networks.layers import Attention, Block, KeysValues, ModulatedBlock

TOKENS = torch.randn(2, 3, 8, generator=torch.Generator().manual_seed(0))
SHOWN = KeysValues(*torch.randn(2, 2, 2, 5, 4, generator=torch.Generator().manual_seed(1)))


def test_attention_by_hand() -> None:
    """One head: softmax(q k / sqrt(d)) v over the shown tokens and the own ones."""
    attention = Attention(8, 1)
    shown = KeysValues(*torch.randn(2, 2, 1, 5, 8))
    q, k, v = attention.project_in(TOKENS).split(8, dim=-1)
    keys, values = torch.cat([shown.keys[:, 0], k], 1), torch.cat([shown.values[:, 0], v], 1)
    weights = torch.softmax(q @ keys.transpose(1, 2) / 8**0.5, dim=-1)
    mixed, own = attention(TOKENS, shown)
    torch.testing.assert_close(mixed, attention.project_out(weights @ values))
    torch.testing.assert_close(own.keys[:, 0], k)


def test_masked_tokens_are_not_seen() -> None:
    attention = Attention(8, 2)
    mask = torch.ones(3, 8, dtype=torch.bool)
    mask[:, :5] = False
    torch.testing.assert_close(attention(TOKENS, SHOWN, mask)[0], attention(TOKENS)[0])


def test_heads_are_apart() -> None:
    attention = Attention(8, 2)
    _, own = attention(TOKENS)
    assert own.keys.shape == (2, 2, 3, 4)
    _, k, _ = attention.project_in(TOKENS).split(8, dim=-1)
    torch.testing.assert_close(own.keys[:, 1], k[..., 4:])


def test_a_block_adds_to_its_input() -> None:
    block = Block(8, 2)
    for name, weight in block.named_parameters():
        if name.startswith(("attention.project_out", "mlp.2")):
            torch.nn.init.zeros_(weight)
    assert torch.equal(block(TOKENS, SHOWN)[0], TOKENS)


def test_a_modulated_block_begins_as_the_identity() -> None:
    block, condition = ModulatedBlock(8, 2), torch.randn(2, 8)
    assert torch.equal(block(TOKENS, condition, SHOWN), TOKENS)
    awaken(block)
    assert not torch.allclose(block(TOKENS, condition, SHOWN), block(TOKENS, -condition, SHOWN), atol=1e-4)


def test_a_modulated_block_by_hand() -> None:
    """Scale and shift after the norm, gate before the residual path (AdaLN)."""
    block = ModulatedBlock(8, 2)
    awaken(block)
    condition = torch.randn(2, 8)
    scale_a, shift_a, gate_a, scale_m, shift_m, gate_m = block.modulation(condition)[:, None].split(8, dim=-1)
    normed = functional.rms_norm(TOKENS, (8,))
    tokens = TOKENS + gate_a * block.attention(normed * (1 + scale_a) + shift_a, SHOWN)[0]
    normed = functional.rms_norm(tokens, (8,))
    wanted = tokens + gate_m * block.mlp(normed * (1 + scale_m) + shift_m)
    torch.testing.assert_close(block(TOKENS, condition, SHOWN), wanted)


def test_repeated_samples_stay_together() -> None:
    repeated = SHOWN.repeated(3)
    assert repeated.keys.shape == (6, 2, 5, 4)
    assert torch.equal(repeated.values[4], SHOWN.values[1]) and torch.equal(repeated.keys[2], SHOWN.keys[0])
