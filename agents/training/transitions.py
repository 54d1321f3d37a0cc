"""Transitions over a chunk of ticks, from demonstrations or rollouts."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..data.reader import ChunkReader
from ..returns import GAMMA, Visits, rewards_and_discounts
from .samples import Samples, to_tensors


class Transition(NamedTuple):
    """A batch of transitions.

    Attributes:
        now: observations and the chunks that demonstrators carried out, or that a policy wanted.
        later: observations a chunk later; meaningless where the discount is 0.
        reward: of the chunk (batch,).
        discount: of the value later (batch,).
    """

    now: Samples
    later: Samples
    reward: Tensor
    discount: Tensor


class Transitions:
    """Visits of one set of frames."""

    def __init__(self, reader: ChunkReader, visits: Visits, chunk: int, gamma: float = GAMMA) -> None:
        self._reader, self._visits = reader, visits
        self._chunk, self._gamma = chunk, gamma

    def __len__(self) -> int:
        """Return the number of visits."""
        return len(self._visits.frame)

    def draw(self, numbers: np.random.Generator, size: int, mirror: float, device: torch.device) -> Transition:
        """Return transitions drawn evenly from all visits, each mirrored with probability `mirror`."""
        chosen = numbers.integers(len(self._visits.frame), size=size)
        visits = self._visits.at(chosen)
        mirrored = numbers.random(size) < mirror
        reward, discount = rewards_and_discounts(visits, self._chunk, self._gamma)
        later = np.minimum(visits.frame + self._chunk, visits.end - 1)
        now, then = (to_tensors(self._reader.read(i, mirrored), device) for i in (visits.frame, later))
        return Transition(now, then, torch.from_numpy(reward).to(device), torch.from_numpy(discount).to(device))


def join(parts: Sequence[Transition]) -> Transition:
    """Return one batch of several."""
    return Transition(
        _join([part.now for part in parts]),
        _join([part.later for part in parts]),
        torch.cat([part.reward for part in parts]),
        torch.cat([part.discount for part in parts]),
    )


def _join(parts: Sequence[Samples]) -> Samples:
    return Samples(
        {name: torch.cat([part.observation[name] for part in parts]) for name in parts[0].observation},
        torch.cat([part.actions for part in parts]),
        torch.cat([part.valid for part in parts]),
        np.concatenate([part.frame for part in parts]),
    )
