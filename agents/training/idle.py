"""Scenes in which a hand that has nothing to do is shown elsewhere: where it is must not count.

Demonstrators move both hands at once and in step: one goes home while the other one reaches for the next lace. A clone
takes the place of the idle hand for a condition of what the busy one did (causal confusion: de Haan, Jayaraman and Levine,
2019, arXiv 1905.11979), and as soon as they are out of step, as in the deployment mode, both stop. Here the idle hand is
shown somewhere around where it was, turned and open as in another sample, and what it does is not cloned. Pure functions on tensors.
"""

import torch
from torch import Tensor

from lacelab.envs.spec import ACTION_PER_ARM, TRANSLATION_SCALE

from ..hands import held_laces, matrices
from .context import named_laces
from .samples import Samples

_FAR = 0.09  # m: from the tip asked for, and from the other hand
_AROUND = 0.1  # m, along each axis


def with_idle_hands_elsewhere(samples: Samples, probability: float, generator: torch.Generator) -> Samples:
    """Return the samples with an idle hand elsewhere, and validity for each hand, (batch, chunk, 2).

    A hand is idle which holds nothing and is, at the first action of the chunk and after the last, far from the tip of the lace that is
    asked for and from the other hand; so it is where it is shown.

    Args:
        samples: entries (batch, ...), with instructions that name a lace.
        probability: that a hand of a sample, if it is idle, is shown elsewhere; the other one, if both are.
        generator: source of the choice.
    """
    if not probability:
        return samples
    seen, batch = samples.observation, len(samples.actions)
    device, rows = seen["target_position"].device, torch.arange(batch)
    chosen, last = torch.rand(batch, generator=generator) < probability, torch.randint(2, (batch,), generator=generator)
    shift = _AROUND * (2.0 * torch.rand(batch, 3, generator=generator) - 1.0)
    partner = torch.randperm(batch, generator=generator)
    rows, chosen, last, shift, partner = (part.to(device) for part in (rows, chosen, last, shift, partner))
    idle = _idle(samples)
    hand = torch.where(idle[rows, last], last, 1 - last)
    shown = dict(seen)
    for name in ("target_position", "tool_position"):
        shown[name] = seen[name].clone()
        shown[name][rows, hand] += shift
    for name in ("target_rotation", "tool_rotation", "gripper_opening"):
        shown[name] = seen[name].clone()
        shown[name][rows, hand] = seen[name][partner, hand]
    chosen &= idle[rows, hand] & _far(shown, shown["target_position"])[rows, hand]
    for name in shown.keys() & ("target_position", "tool_position", "target_rotation", "tool_rotation", "gripper_opening"):
        shown[name][~chosen] = seen[name][~chosen]
    valid = samples.valid[..., None].repeat(1, 1, 2)
    valid[rows[chosen], :, hand[chosen]] = 0.0
    return samples._replace(observation=shown, valid=valid)


def _idle(samples: Samples) -> Tensor:
    """Return which hands (batch, hands) have nothing to do now, nor as far as the chunk goes."""
    seen = samples.observation
    now, frame = seen["target_position"], matrices(seen["target_rotation"])
    ways = samples.actions.unflatten(2, (2, ACTION_PER_ARM))[..., :3].sum(dim=1) * TRANSLATION_SCALE
    then = now + torch.einsum("bhij,bhj->bhi", frame, ways)
    return _far(seen, now) & _far(seen, then) & ~held_laces(seen).any(dim=2)


def _far(seen: dict[str, Tensor], places: Tensor) -> Tensor:
    """Return which hands at `places` (batch, hands, 3) are far from the other one and from the tip that is asked for."""
    asked = named_laces(seen["instruction"]).to(places.device)
    tip = seen["aglet_position"][torch.arange(len(asked), device=places.device), asked]
    apart = (places - places.flip(1)).norm(dim=-1) > _FAR
    return apart & ((places - tip[:, None]).norm(dim=-1) > _FAR)
