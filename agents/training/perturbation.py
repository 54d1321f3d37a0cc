"""Demonstrations seen from a little beside where they were: how to come back onto the path.

Demonstrators move on straight lines and arrive within a millimetre; a clone that strays from these lines has never seen how to
come back, and strays further (Ross, Gordon and Bagnell, 2011, arXiv 1011.0686). Here a hand, with the lace it holds, is
shown displaced, and its actions lead back onto the demonstrated path: what noise on the demonstrator's commands would
show (DART: Laskey et al., 2017, arXiv 1703.09327), without the demonstrator. Displacements shrink with the distance to
the next thing, so that nothing is shown inside something else. Pure functions on tensors.
"""

import torch
from torch import Tensor

from lacelab.envs.spec import ACTION_PER_ARM, TRANSLATION_SCALE

from ..hands import ends_of_laces, held_laces, matrices, moved
from .samples import Samples

_SHARE = 0.2  # of the distance to the next thing
_LARGEST = 0.012  # m, standard deviation per axis
_RETURN = 0.6  # share of a displacement that is left after a tick


def perturbed(samples: Samples, probability: float, generator: torch.Generator) -> Samples:
    """Return the samples with hands displaced, and actions that bring them back.

    Args:
        samples: entries (batch, ...).
        probability: that a hand of a sample is displaced.
        generator: source of the displacements.
    """
    seen, batch = samples.observation, len(samples.actions)
    held = held_laces(seen)
    chosen = torch.rand(batch, 2, generator=generator).to(held.device) < probability
    chosen &= ~(held.sum(dim=1, keepdim=True) > 1).any(dim=2)  # no lace between two hands
    size = (_SHARE * _clearance(seen, held)).clamp(max=_LARGEST) * chosen
    drawn = torch.randn(batch, 2, 3, generator=generator).to(held.device).clamp(-2.0, 2.0)
    shift = drawn * size[..., None]
    shown = moved(seen, seen["target_position"] + shift, matrices(seen["target_rotation"]))
    return samples._replace(observation=shown, actions=_returning(samples, shift))


def _clearance(seen: dict[str, Tensor], held: Tensor) -> Tensor:
    """Return the distance from each hand, or from the tip that it holds, to the next thing (batch, hands) [m]."""
    tools, tips = seen["target_position"], seen["aglet_position"]
    holds = held.any(dim=2, keepdim=True)
    tip = torch.einsum("bhl,bli->bhi", held.to(tips.dtype), tips)
    eyelets = seen["eyelet_position"].flatten(1, 2)
    to_eyelets = (tip[:, :, None] - eyelets[:, None]).norm(dim=-1).amin(dim=-1)
    to_laces = (tools[:, :, None, None] - ends_of_laces(seen)[:, None]).norm(dim=-1).amin(dim=(2, 3))
    to_hand = (tools - tools.flip(1)).norm(dim=-1)
    return torch.minimum(torch.where(holds[..., 0], to_eyelets, to_laces), to_hand)


def _returning(samples: Samples, shift: Tensor) -> Tensor:
    """Return the actions with a way back from the displacement, ever more slowly (batch, chunk, 14)."""
    frame = matrices(samples.observation["target_rotation"])
    back = -torch.einsum("bhij,bhi->bhj", frame, shift) / TRANSLATION_SCALE
    ticks = torch.arange(samples.actions.shape[1], device=shift.device)
    share = (1.0 - _RETURN) * _RETURN**ticks
    actions = samples.actions.unflatten(2, (2, ACTION_PER_ARM)).clone()
    actions[..., :3] += share[None, :, None, None] * back[:, None]
    return actions.clamp(-1.0, 1.0).flatten(2)
