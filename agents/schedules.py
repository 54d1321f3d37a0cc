"""Learning rates over time."""

import math

import torch

_WARM_UP = 100  # steps


def warm_cosine(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LambdaLR:
    """Rise linearly over the first steps, then fall to zero along half a cosine."""

    def factor(step: int) -> float:
        if step < _WARM_UP:
            return (step + 1) / _WARM_UP
        return 0.5 * (1.0 + math.cos(math.pi * min(1.0, (step - _WARM_UP) / max(1, steps - _WARM_UP))))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
