"""Scenes in which the lace that nobody asked for lies as in another scene: what does not matter must not count.

Demonstrations of a single eyelet show the other lace where it lay at first; in a shoe that is half laced it is somewhere else, and
through eyelets. A clone takes what never varied for a condition of what it did (causal confusion: de Haan, Jayaraman and
Levine, 2019, arXiv 1905.11979). Here the other lace is that of a sample whose instruction names the same lace, as far as
a batch goes. Pure functions on tensors, but for a cache of sentences.
"""

import functools

import torch
from torch import Tensor

from lacelab.envs.goals import ShoeGoal
from lacelab.envs.language import decode, parse

from .samples import Samples

_OF_LACES = ("aglet_position", "aglet_axis", "lace_points", "threaded", "pulled_through")


def among_other_laces(samples: Samples, probability: float, generator: torch.Generator) -> Samples:
    """Return the samples with the lace that is not asked for as in another one.

    Args:
        samples: entries (batch, ...), with instructions that name a lace.
        probability: that a sample is shown another lace.
        generator: source of the choice.
    """
    if not probability:
        return samples
    seen = samples.observation
    asked = named_laces(seen["instruction"])
    chosen = torch.rand(len(asked), generator=generator) < probability
    partner = torch.where(chosen, _partners(asked, generator), torch.arange(len(asked)))
    device = seen["aglet_position"].device
    rows, partner, other = (index.to(device) for index in (torch.arange(len(asked)), partner, 1 - asked))
    shown = dict(seen)
    for name in _OF_LACES:
        shown[name] = seen[name].clone()
        shown[name][rows, other] = seen[name][partner, other]
    return samples._replace(observation=shown)


def named_laces(instructions: Tensor) -> Tensor:
    """Return the index of the lace that each of the instructions (batch, words) names, (batch,), on the CPU."""
    return torch.tensor([_named_lace(tuple(words)) for words in instructions.tolist()])


def _partners(asked: Tensor, generator: torch.Generator) -> Tensor:
    """Return for each sample one that asks for the same lace (batch,): all of them once."""
    partner = torch.empty_like(asked)
    for lace in (0, 1):
        same = torch.nonzero(asked == lace)[:, 0]
        partner[same] = same[torch.randperm(len(same), generator=generator)]
    return partner


@functools.cache
def _named_lace(words: tuple[int, ...]) -> int:
    goal = parse(decode(words))
    assert not isinstance(goal, ShoeGoal), "a whole shoe is asked for eyelet by eyelet"
    return goal.lace.index
