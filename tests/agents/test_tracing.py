"""Networks without Python between their operations."""

from dataclasses import replace

import pytest
import torch
from observations import TINY, awaken, states

from lacelab.agents import tracing
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.envs.language import encode
from lacelab.envs.spec import ACTION_SIZE

_WORDS = ("thread the left lace through the first hole on the left", "pick the right lace", "lace the shoe")


@pytest.fixture
def network() -> PolicyNetwork:
    network = PolicyNetwork(TINY)
    awaken(network)
    return network.eval().requires_grad_(requires_grad=False)


@torch.inference_mode()
def test_a_trace_gives_the_same_bits_for_any_scene_and_words(network: PolicyNetwork) -> None:
    traced = tracing.traced(network)
    assert traced is not network and traced.config == network.config and traced.scale is network.scale
    chunks = []
    for seed in range(12):
        seen = states(1, seed) | {"instruction": torch.from_numpy(encode(_WORDS[seed % 3]))[None]}
        noise = torch.randn(1, TINY.chunk, ACTION_SIZE, generator=torch.Generator().manual_seed(seed))
        chunks.append(traced.decode(traced.context(seen), noise))
        assert torch.equal(chunks[-1], network.decode(network.context(seen), noise))
    assert len(torch.stack(chunks).unique(dim=0)) == 12


@torch.inference_mode()
def test_others_can_read_the_context_of_a_trace(network: PolicyNetwork) -> None:
    here, there = network.context(states(1)), tracing.traced(network).context(states(1))
    for layer, same in zip(here, there, strict=True):
        assert torch.equal(layer.keys, same.keys) and torch.equal(layer.values, same.values)


def test_what_cannot_be_traced_acts_as_it_is(network: PolicyNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = PolicyNetwork(replace(TINY, encoder="pixels"))
    assert tracing.traced(pixels) is pixels
    monkeypatch.setattr(tracing, "_LAST_PYTHON", (3, 10))
    assert tracing.traced(network) is network
