"""Tokens from states and from pixels."""

import pytest
import torch
from observations import images, states
from torch import nn

from lacelab.agents.networks.encoders import ENCODERS, Language, PixelEncoder, StateEncoder
from lacelab.agents.networks.layers import mlp
from lacelab.envs.language import MIRROR_TOKENS, encode
from lacelab.envs.spec import IMAGE_SIZE, PIXEL_KEYS


def test_two_tokens_of_words_and_three_of_things() -> None:
    tokens = StateEncoder(16)(states(3))
    assert tokens.shape == (3, 2 + 3, 16) and tokens.isfinite().all()


def test_one_token_for_each_patch() -> None:
    tokens = PixelEncoder(16)(states(2) | images(2))
    patches = (IMAGE_SIZE // 16) ** 2
    assert tokens.shape == (2, 2 + 1 + 3 * patches, 16) and tokens.isfinite().all()


@pytest.mark.parametrize("camera", PIXEL_KEYS)
def test_a_patch_is_where_it_is_seen(camera: str) -> None:
    """A change in one corner reaches the tokens of that corner of that camera and, through the padding, no far one."""
    encoder, observation = PixelEncoder(16), states(1) | images(1)
    changed = {name: value.clone() for name, value in observation.items()}
    changed[camera][:, :16, :16] = 255 - changed[camera][:, :16, :16]
    difference = (encoder(observation) - encoder(changed)).abs().amax(dim=(0, 2))[3:].reshape(3, 8, 8)
    number = PIXEL_KEYS.index(camera)
    assert difference[number, 0, 0] > 1e-4
    assert not difference[number, 3:, 3:].any()
    assert not difference[[i for i in range(3) if i != number]].any()


def test_words_and_their_order_count() -> None:
    language = Language(16)
    sentence = torch.from_numpy(encode("thread the left lace through the first hole on the right"))
    mirrored = torch.from_numpy(MIRROR_TOKENS[sentence.numpy()])
    tokens, _ = language(torch.stack([sentence, mirrored]))
    assert tokens.shape == (2, 2, 16)
    assert not torch.allclose(tokens[0], tokens[1], atol=1e-5)


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders_learn(name: str) -> None:
    """A handful of made up samples is learned by heart: images run end to end."""
    torch.manual_seed(0)
    observation = states(4) | (images(4) if name == "pixels" else {})
    network = nn.Sequential(mlp(16), nn.Linear(16, 3))
    encoder, wanted = ENCODERS[name](16), torch.randn(4, 3)
    optimizer = torch.optim.Adam([*encoder.parameters(), *network.parameters()], 3e-3)
    loss = torch.tensor(torch.inf)
    for _ in range(120):
        loss = (network(encoder(observation).mean(dim=1)) - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05
