"""Batches of demonstrations as tensors."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.reader import Batch, ChunkReader

_WHOLE = slice(None)


class Samples(NamedTuple):
    """A batch on the device of the network.

    Attributes:
        observation: keys of `envs.spec`, each (batch, ...).
        actions: (batch, chunk, 14).
        valid: 1 for actions that were really taken, 0 beyond the end of an episode, (batch, chunk).
        frame: global index (batch,).
    """

    observation: dict[str, Tensor]
    actions: Tensor
    valid: Tensor
    frame: NDArray[np.int64]


def to_tensors(batch: Batch, device: torch.device) -> Samples:
    """Return a batch as tensors."""
    observation = {
        name: torch.from_numpy(np.ascontiguousarray(a)).to(device) for name, a in batch.observation().items()
    }
    actions = torch.from_numpy(batch.actions).to(device)
    return Samples(observation, actions, torch.from_numpy(batch.valid).float().to(device), batch.index)


def draw(
    reader: ChunkReader,
    frames: NDArray[np.int64],
    size: int,
    mirror: float,
    numbers: np.random.Generator,
    share: slice = _WHOLE,
) -> Batch:
    """Return a batch of frames drawn evenly, each mirrored with probability `mirror`, or a share of it."""
    index = frames[numbers.integers(len(frames), size=size)]
    return reader.read(index[share], (numbers.random(size) < mirror)[share])
