"""Flow matching: straight paths from noise to actions, and their integration.

A path a_tau = (1 - tau) eps + tau a leads from noise eps ~ N(0, I) at tau = 0 to the actions a at tau = 1; a network
learns its velocity a - eps (Lipman et al., 2022, arXiv 2210.02747; GR-3, arXiv 2507.15493). Pure functions on tensors.
"""

from collections.abc import Callable

import torch
from torch import Tensor

STEPS = 5  # of Euler's method, as in GR-RL
SPREAD = 0.8  # deviation of the noise that a policy acts from; it is trained with 1

Velocity = Callable[[Tensor, Tensor], Tensor]
"""From points on the paths (batch, ...) and times (batch,) to velocities (batch, ...)."""


def interpolate(noise: Tensor, actions: Tensor, time: Tensor) -> Tensor:
    """Return the points (batch, chunk, action) of the paths at `time` (batch,) in [0, 1]."""
    tau = time.reshape(-1, *[1] * (actions.ndim - 1))
    return (1.0 - tau) * noise + tau * actions


def target_velocity(noise: Tensor, actions: Tensor) -> Tensor:
    """Return the velocity of the straight path, the same at all times."""
    return actions - noise


def flow_loss(predicted: Tensor, noise: Tensor, actions: Tensor, weight: Tensor) -> Tensor:
    """Return the mean squared error of velocities, a scalar.

    Args:
        predicted: velocities (batch, chunk, action).
        noise: where the paths begin, same shape.
        actions: where they end, same shape.
        weight: of each action of the chunks (batch, chunk); 0 leaves an action out.
    """
    error = (predicted - target_velocity(noise, actions)).square().mean(dim=-1)
    return (error * weight).sum() / weight.sum().clamp_min(1.0)


def integrate(velocity: Velocity, noise: Tensor, steps: int = STEPS) -> Tensor:
    """Follow the flow from noise (batch, chunk, action) at tau = 0 to actions at tau = 1 by Euler's method."""
    point = noise
    for step in range(steps):
        time = torch.full((len(noise),), step / steps, device=noise.device, dtype=noise.dtype)
        point = point + velocity(point, time) / steps
    return point
