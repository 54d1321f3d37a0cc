"""Several processes that clone together, one a GPU, started by `torchrun`; alone without it.

Every process draws the same batch and takes its own share of it; gradients are averaged by DistributedDataParallel, so that
all have the same weights after every step. The first process alone writes.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


@contextmanager
def joined() -> Iterator[None]:
    """Join the processes that `torchrun` started, until the end of the block."""
    if "LOCAL_RANK" not in os.environ:
        yield
        return
    gpus = torch.cuda.is_available()
    if gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if gpus else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def rank() -> int:
    """Return the number of this process, 0 alone."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def share() -> slice:
    """Return which samples of a batch are this process's."""
    return slice(rank(), None, distributed.get_world_size()) if distributed.is_initialized() else slice(None)


def wait() -> None:
    """Go on when all processes have come here."""
    if distributed.is_initialized():
        distributed.barrier()


def averaged(network: nn.Module, loss: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return a loss whose gradients are averaged over all processes.

    Args:
        network: whose weights are trained; they begin as those of the first process.
        loss: of the network.
    """
    if not distributed.is_initialized():
        return loss
    # The last layer of a backbone shows its keys and values, and nobody reads its tokens: weights without a gradient.
    return DistributedDataParallel(_Loss(network, loss), find_unused_parameters=True)


class _Loss(nn.Module):
    """A loss as a module, since it is a module's output that DistributedDataParallel follows."""

    def __init__(self, network: nn.Module, loss: Callable[..., Tensor]) -> None:
        super().__init__()
        self.network, self._loss = network, loss

    def forward(self, *inputs: Any) -> Tensor:
        """Return the loss."""
        return self._loss(*inputs)
