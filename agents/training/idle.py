"""Scenes in which a hand that has nothing to do is shown elsewhere: where it is must not count.

Demonstrators move both hands at once and in step: one goes home while the other one reaches for the next lace. A clone
takes the place of the idle hand for a condition of what the busy one did (causal confusion: de Haan, Jayaraman and Levine,
2019, arXiv 1905.11979), and as soon as they are out of step, as in the deployment mode, both stop. Here the idle hand is
shown somewhere around where it was, turned and open as in another sample, and what it does is not cloned. Pure functions on tensors.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from lacelab.envs.spec import ACTION_PER_ARM, TRANSLATION_SCALE

from ..hands import held_laces, matrices
from .context import named_laces
from .samples import Samples

_FAR = 0.09  # m: from the tip asked for, and from the other hand
_AROUND = 0.1  # m, along each axis


def with_idle_hands_elsewhere(samples: Samples, probability: float, generator: torch.Generator) -> Samples:
    """Return the samples with an idle hand elsewhere, and validity for each hand, (batch, chunk, 2).

    A hand is idle which holds nothing and is, at the first action of the chunk and after the last, far from the tip of the lace
    that is asked for and from the other hand. It is far from them where it is shown, too.

    Args:
        samples: entries (batch, ...), with instructions that name a lace.
        probability: that a hand is shown elsewhere, if it is idle; one of them, if both are.
        generator: source of the choice.
    """
    if not probability:
        return samples
    seen, batch = samples.observation, len(samples.actions)
    draws = [
        torch.rand(batch, 1, generator=generator) < probability,
        functional.one_hot(torch.randint(2, (batch,), generator=generator), 2).bool(),
        _AROUND * (2.0 * torch.rand(batch, 1, 3, generator=generator) - 1.0),
        torch.randperm(batch, generator=generator),
    ]
    chosen, first, shift, other = (drawn.to(samples.actions.device) for drawn in draws)
    idle = _idle(samples)
    moved = (idle & chosen & (first | ~idle.flip(1)))[..., None]
    moved &= _far(seen, seen["target_position"] + moved * shift)[..., None]
    shown = {name: seen[name] + moved * shift for name in ("target_position", "tool_position")}
    shown |= {name: torch.where(moved, seen[name][other], seen[name]) for name in ("target_rotation", "tool_rotation")}
    openings = seen["gripper_opening"]
    shown["gripper_opening"] = torch.where(moved[..., 0], openings[other], openings)
    return samples._replace(observation={**seen, **shown}, valid=samples.valid[..., None] * ~moved.transpose(1, 2))


def _idle(samples: Samples) -> Tensor:
    """Return which hands (batch, hands) have nothing to do now, nor as far as the chunk goes."""
    seen = samples.observation
    now, frame = seen["target_position"], matrices(seen["target_rotation"])
    ways = samples.actions.unflatten(2, (2, ACTION_PER_ARM))[..., :3].sum(dim=1) * TRANSLATION_SCALE
    then = now + torch.einsum("bhij,bhj->bhi", frame, ways)  # it turns but a little
    return _far(seen, now) & _far(seen, then) & ~held_laces(seen).any(dim=2)


def _far(seen: Mapping[str, Tensor], places: Tensor) -> Tensor:
    """Return which hands at `places` (batch, hands, 3) are far from the other one and from the tip that is asked for."""
    asked = named_laces(seen["instruction"]).to(places.device)
    tip = seen["aglet_position"][torch.arange(len(asked), device=places.device), asked]
    apart = (places - places.flip(1)).norm(dim=-1) > _FAR
    return apart & ((places - tip[:, None]).norm(dim=-1) > _FAR)
