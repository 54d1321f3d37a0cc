"""Categorical distributions of returns on a fixed support [0, 1]: projections, cross-entropy, means.

Pure functions on tensors; `bins` atoms or intervals divide the support evenly.
"""

import math

import torch
from torch import Tensor

BINS = 101
SMOOTHING = 0.75  # standard deviation of HL-Gauss in widths of a bin ("Stop Regressing", arXiv 2403.03950, section 4)


def centres(bins: int = BINS, device: torch.device | None = None) -> Tensor:
    """Return the centres of the bins (bins,), from 0 to 1."""
    return torch.linspace(0.0, 1.0, bins, device=device)


def mean(logits: Tensor) -> Tensor:
    """Return the means (...,) of the distributions with logits (..., bins)."""
    return torch.softmax(logits, dim=-1) @ centres(logits.shape[-1], logits.device).to(logits.dtype)


def hl_gauss(values: Tensor, bins: int = BINS, smoothing: float = SMOOTHING) -> Tensor:
    """Return histograms (..., bins) of Gaussians around values (...,), cut off at the ends of the support.

    Source: Imani and White, 2018; "Stop Regressing", arXiv 2403.03950, equation 6.
    """
    width = 1.0 / (bins - 1)
    edges = torch.linspace(-width / 2, 1.0 + width / 2, bins + 1, device=values.device, dtype=values.dtype)
    scaled = (edges - values.clamp(0.0, 1.0).unsqueeze(-1)) / (math.sqrt(2.0) * smoothing * width)
    below = torch.erf(scaled)
    mass = below[..., 1:] - below[..., :-1]
    return mass / (below[..., -1:] - below[..., :1])


def project(probabilities: Tensor, reward: Tensor, discount: Tensor) -> Tensor:
    """Project the distribution of `reward + discount * Z` back onto the support.

    Source: C51, arXiv 1707.06887, equation 7: each atom's mass is shared by its two neighbours.

    Args:
        probabilities: of Z on the atoms (batch, bins).
        reward: (batch,).
        discount: (batch,); 0 where the episode ended.

    Returns:
        Probabilities (batch, bins).
    """
    bins = probabilities.shape[-1]
    atoms = centres(bins, probabilities.device).to(probabilities.dtype)
    position = (reward[:, None] + discount[:, None] * atoms).clamp(0.0, 1.0) * (bins - 1)
    lower = position.floor().clamp(max=bins - 2)
    share = position - lower
    index = lower.long()
    projected = torch.zeros_like(probabilities)
    projected.scatter_add_(1, index, probabilities * (1.0 - share))
    projected.scatter_add_(1, index + 1, probabilities * share)
    return projected


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Return the cross-entropies (...,) of target probabilities and logits, both (..., bins)."""
    return -(target * torch.log_softmax(logits, dim=-1)).sum(dim=-1)
