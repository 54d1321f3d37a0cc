"""Batches of observations that no camera saw, and the smallest networks that read them."""

import numpy as np
import torch
from torch import Tensor

from lacelab.agents.networks import NetworkConfig
from lacelab.envs.language import encode
from lacelab.envs.spec import IMAGE_SIZE, PIXEL_KEYS, STATE_KEYS

TINY = NetworkConfig(width=16, heads=2, layers=4, chunk=3, bins=11)


def states(batch: int, seed: int = 0) -> dict[str, Tensor]:
    """Return random states with true rotations, of the size of a shoe."""
    numbers = np.random.default_rng(seed)
    drawn = {name: numbers.normal(0.0, 0.1, (batch, *key.shape)) for name, key in STATE_KEYS.items()}
    for name in ("tool_rotation", "target_rotation"):
        columns = np.linalg.qr(numbers.normal(size=(batch, 2, 3, 3)))[0]
        drawn[name] = np.concatenate([columns[..., 0], columns[..., 1]], axis=-1)
    batch_of = {name: torch.from_numpy(values.astype(np.float32)) for name, values in drawn.items()}
    words = torch.from_numpy(encode("thread the left lace through the first hole on the left"))
    return batch_of | {"instruction": words.repeat(batch, 1)}


def images(batch: int, seed: int = 0) -> dict[str, Tensor]:
    """Return random pictures."""
    numbers = np.random.default_rng(seed)
    shape = (batch, IMAGE_SIZE, IMAGE_SIZE, 3)
    return {name: torch.from_numpy(numbers.integers(0, 256, shape, np.uint8)) for name in PIXEL_KEYS}


def awaken(network: torch.nn.Module, seed: int = 0) -> None:
    """Replace all weights, zeros among them, by random ones: a network that begins as the identity hides mistakes."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.3)
