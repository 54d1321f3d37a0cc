"""Actions on a scale on which small motions count: linear below a knee, logarithmic above it.

Demonstrators move fast at paces of their own and slowly when it matters. On a linear scale the squared error of a clone is
nearly all about the pace of large motions, a tenth of a millimetre counts for nothing. Here an error counts relative to the motion. As
in the mu-law of telephony (ITU-T G.711), with asinh in the place of the logarithm. Pure functions on tensors (..., 14).
"""

import math

import torch
from torch import Tensor

from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE

KNEE = 0.05  # 0.6 mm or 0.4 degrees per tick, above the tremor of a hand
_LIMIT = math.asinh(1.0 / KNEE)


def compand(actions: Tensor) -> Tensor:
    """Return asinh(a / KNEE) of motions, and gripper openings as they are."""
    return torch.where(_grippers(actions), actions, torch.asinh(actions / KNEE))


def expand(companded: Tensor) -> Tensor:
    """Return the actions in [-1, 1], the inverse of `compand`."""
    motions = KNEE * torch.sinh(companded.clamp(-_LIMIT, _LIMIT))
    return torch.where(_grippers(companded), companded, motions).clamp(-1.0, 1.0)


def _grippers(actions: Tensor) -> Tensor:
    """Return which entries of an action are gripper openings (14,)."""
    return torch.arange(ACTION_SIZE, device=actions.device) % ACTION_PER_ARM == ACTION_PER_ARM - 1
