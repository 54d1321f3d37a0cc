"""Muon: momentum whose steps of a matrix are nearly orthogonal (Jordan et al., 2024, kellerjordan.github.io/posts/muon).

As `torch.optim.Muon` with Nesterov momentum and the scale of AdamW (arXiv 2502.16982), to the bit where that is fast: it always
multiplies in bfloat16, which is slow on CPUs that do not calculate in it.
"""

from typing import Any

import torch
from torch import Tensor

from .low_precision import calculates_in_bfloat16

_ITERATIONS = 3  # of Newton and Schulz; the usual five take more of a CPU core, for about the same loss in a trial
_LINEAR, _CUBIC, _QUINTIC = 3.4445, -4.7750, 2.0315
_MOMENTUM = 0.95
_SMALLEST = 1e-7  # norm
_RMS_OF_ADAMW = 0.2  # of the entries of a step, at a rate of one


class Muon(torch.optim.Optimizer):
    """Steps of matrices; biases, norms and embeddings are for another optimiser."""

    def __init__(self, matrices: list[torch.nn.Parameter], learning_rate: float, weight_decay: float) -> None:
        """Move matrices (rows, columns)."""
        super().__init__(matrices, {"lr": learning_rate, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Move the matrices along their gradients; there is no closure."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is not None:
                    self._move(matrix, matrix.grad, group["lr"], group["weight_decay"])

    def _move(self, matrix: Tensor, gradient: Tensor, rate: float, decay: float) -> None:
        state = self.state[matrix]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(matrix)
        momentum = state["momentum_buffer"].lerp_(gradient, 1 - _MOMENTUM)
        direction = orthogonalised(gradient.lerp(momentum, _MOMENTUM), _precision(matrix))
        matrix.mul_(1 - rate * decay)
        matrix.add_(direction, alpha=-rate * _RMS_OF_ADAMW * max(matrix.shape) ** 0.5)


def orthogonalised(matrix: Tensor, precision: torch.dtype) -> Tensor:
    """Return a matrix (rows, columns) with its singular values brought close to one, by Newton and Schulz' iteration."""
    tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.to(precision, copy=True)
    wide = wide.T if tall else wide
    wide.div_(wide.norm().clamp(min=_SMALLEST))
    for _ in range(_ITERATIONS):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=_CUBIC, alpha=_QUINTIC), wide, beta=_LINEAR)
    return wide.T if tall else wide


def _precision(matrix: Tensor) -> torch.dtype:
    return torch.bfloat16 if matrix.is_cuda or calculates_in_bfloat16() else torch.float32
