"""Backbone and readers: shapes, causality, and that the context counts."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from observations import TINY, awaken, states
from torch import Tensor, nn

from lacelab.agents.networks import ActionTransformer, Backbone, ChunkTransformer, Context, CriticTransformer

TIME = torch.tensor([0.2, 0.9])
CHUNKS = torch.randn(2, 3, 14, generator=torch.Generator().manual_seed(0))


def _awake(network: nn.Module) -> nn.Module:
    awaken(network)
    return network.requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def context() -> Context:
    return _awake(Backbone(TINY))(states(2))


READERS: dict[str, Callable[[Context], Tensor]] = {
    "actions": lambda shown: _awake(ActionTransformer(TINY))(shown, CHUNKS, TIME),
    "critic": lambda shown: _awake(CriticTransformer(TINY, 11))(shown, CHUNKS),
    "noise": lambda shown: _awake(ChunkTransformer(TINY))(shown),
}
SHAPES = {"actions": (2, 3, 14), "critic": (2, 3, 11), "noise": (2, 3, 14)}


@pytest.mark.parametrize("reader", READERS)
def test_readers_use_every_layer_they_are_shown(reader: str, context: Context) -> None:
    plain = READERS[reader](context)
    assert plain.shape == SHAPES[reader]
    for layer, shown in enumerate(context):
        for keys, values in (
            (shown.keys + 1.0 * torch.randn_like(shown.keys), shown.values),
            (shown.keys, -shown.values),
        ):
            changed = list(context)
            changed[layer] = type(shown)(keys, values)
            assert not torch.allclose(READERS[reader](changed), plain, atol=1e-4)


@pytest.mark.parametrize("reader", READERS)
def test_samples_of_a_batch_are_apart(reader: str, context: Context) -> None:
    changed = [
        type(shown)(shown.keys, shown.values * torch.tensor([1.0, 2.0]).reshape(2, 1, 1, 1)) for shown in context
    ]
    before, after = READERS[reader](context), READERS[reader](changed)
    torch.testing.assert_close(before[0], after[0])
    assert not torch.allclose(before[1], after[1], atol=1e-4)


@pytest.mark.parametrize("reader", READERS)
def test_readers_want_as_many_layers_as_they_have(reader: str, context: Context) -> None:
    with pytest.raises(ValueError, match="zip"):
        READERS[reader](context[:1])


def test_the_later_half_is_shown() -> None:
    backbone = _awake(Backbone(TINY))
    encoder, blocks = backbone.get_submodule("encoder"), backbone.get_submodule("blocks")
    tokens, wanted = encoder(states(2)), []
    for block in blocks.children():
        tokens, keys_values = block(tokens)
        wanted.append(keys_values)
    shown = backbone(states(2))
    assert len(wanted) == 4 and len(shown) == 2
    assert all(
        torch.equal(a.keys, b.keys) and torch.equal(a.values, b.values) for a, b in zip(shown, wanted[2:], strict=True)
    )
    assert shown[0].keys.shape == (2, TINY.heads, 2 + 3, TINY.width // TINY.heads)


@pytest.mark.parametrize("action", range(3))
def test_the_critic_sees_no_later_action(action: int, context: Context) -> None:
    critic = _awake(CriticTransformer(TINY, 11))
    changed = CHUNKS.clone()
    changed[:, action] += 1.0
    before, after = critic(context, CHUNKS), critic(context, changed)
    torch.testing.assert_close(before[:, :action], after[:, :action])
    for later in range(action, 3):
        assert not torch.allclose(before[:, later], after[:, later], atol=1e-4)


def test_the_critic_judges_the_beginning_of_a_chunk_alike(context: Context) -> None:
    critic = _awake(CriticTransformer(TINY, 11))
    torch.testing.assert_close(critic(context, CHUNKS[:, :2]), critic(context, CHUNKS)[:, :2])


def test_velocities_depend_on_time_and_on_all_actions(context: Context) -> None:
    network = _awake(ActionTransformer(TINY))
    plain = network(context, CHUNKS, TIME)
    assert not torch.allclose(network(context, CHUNKS, TIME.flip(0)), plain, atol=1e-4)
    changed = CHUNKS.clone()
    changed[:, 2] += 1.0
    assert not torch.allclose(network(context, changed, TIME)[:, 0], plain[:, 0], atol=1e-4)


def test_zero_before_any_training(context: Context) -> None:
    assert not ActionTransformer(TINY)(context, CHUNKS, TIME).any()
    assert not ChunkTransformer(TINY)(context).any()


def test_sizes_grow_to_some_millions() -> None:
    wide = replace(TINY, width=256, heads=4, layers=4, chunk=8)
    backbone, actions = Backbone(wide), ActionTransformer(wide)
    count = sum(weight.numel() for network in (backbone, actions) for weight in network.parameters())
    assert 2e6 < count < 2e7


@pytest.mark.parametrize("key", ["instruction", "aglet_position", "eyelet_position", "gripper_opening", "threaded"])
def test_the_context_tells_observations_apart(key: str) -> None:
    backbone, plain = _awake(Backbone(TINY)), states(2)
    changed = plain | {key: plain[key] + 1}
    before, after = (backbone(observation)[-1].values for observation in (plain, changed))
    assert not torch.allclose(before, after, atol=1e-4)
