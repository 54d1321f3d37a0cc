"""Attention written out is the fused one."""

import pytest
import torch
from torch.nn import functional

from lacelab.agents.networks.layers import Attention, Block


@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_the_fused_one(masked: bool) -> None:
    torch.manual_seed(0)
    layer, tokens = Attention(16, 4), torch.randn(3, 5, 16)
    mask = torch.tril(torch.ones(5, 5, dtype=torch.bool)) if masked else None
    mixed, own = layer(tokens, mask=mask)
    q, _, _ = layer._project(tokens)
    wanted = functional.scaled_dot_product_attention(q, own.keys, own.values, attn_mask=mask)
    torch.testing.assert_close(mixed, layer.project_out(wanted.transpose(1, 2).flatten(2)), atol=1e-5, rtol=1e-4)


def test_keys_and_values_alone_are_those_of_the_block() -> None:
    torch.manual_seed(0)
    block, tokens = Block(16, 4), torch.randn(3, 5, 16)
    _, shown = block(tokens)
    for whole, alone in zip(shown, block.keys_values(tokens), strict=True):
        assert torch.equal(whole, alone)
