"""How far chunks lead hands: which of several chunks hurries, and which takes its time. Pure functions on tensors."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from .hands import advanced, matrices

MOVES = 0.01  # m within what is carried out of a chunk


class Ways(NamedTuple):
    """Where chunks lead hands.

    Attributes:
        ends: of each chunk (states, chunks, hands, 3) [m].
        travel: how far away their mean is (states, hands) [m].
        along: how far each one leads in the direction of that mean, beyond it (states, chunks, hands) [m].
    """

    ends: Tensor
    travel: Tensor
    along: Tensor

    @property
    def advance(self) -> Tensor:
        """How far each chunk leads the hands that move, beyond the mean, summed (states, chunks) [m]; 0 where none moves."""
        return (self.along * (self.travel > MOVES)[:, None]).sum(dim=-1)


def ways(seen: Mapping[str, Tensor], chunks: Tensor) -> Ways:
    """Return where chunks (states, chunks, actions, 14) lead the commanded hands of observations (states, ...)."""
    position, rotation = seen["target_position"], matrices(seen["target_rotation"])
    count = chunks.shape[1]
    tools = position.repeat_interleave(count, 0), rotation.repeat_interleave(count, 0)
    ends = advanced(*tools, chunks.flatten(0, 1))[0].unflatten(0, (-1, count))
    mean = ends.mean(dim=1)
    travel = (mean - position).norm(dim=-1)
    direction = (mean - position) / travel.clamp_min(1e-9)[..., None]
    along = torch.einsum("snhx,shx->snh", ends - mean[:, None], direction)
    return Ways(ends, travel, along)
