"""Gradients in bfloat16 on CPUs that calculate in it, weights in full precision.

A copy of a network with its learning weights in bfloat16 is what runs forwards and backwards; the optimiser moves the network
itself, as mixed-precision training does on GPUs (Micikevicius et al., 2018, arXiv 1710.03740; bfloat16 needs no scaling of the loss).
"""

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

_Network = TypeVar("_Network", bound=nn.Module)


class Shadow(Generic[_Network]):
    """The copy that calculates; on other machines the network itself."""

    def __init__(self, master: _Network) -> None:
        """Copy a network; weights that do not learn, and buffers, stay as they are."""
        self.network = master
        self._pairs: list[tuple[nn.Parameter, nn.Parameter]] = []
        if calculates_in_bfloat16() and not next(master.parameters()).is_cuda:
            self.network = copy.deepcopy(master)
            both = zip(master.parameters(), self.network.parameters(), strict=True)
            self._pairs = [(own, low) for own, low in both if own.requires_grad]
            for _, low in self._pairs:
                low.data = low.data.bfloat16()

    def push(self) -> None:
        """Give the copy the weights of the network."""
        with torch.no_grad():
            for own, low in self._pairs:
                low.copy_(own)

    def pull(self) -> None:
        """Give the network the gradients of the copy, which forgets them."""
        for own, low in self._pairs:
            own.grad = None if low.grad is None else low.grad.float()
            low.grad = None


def calculates_in_bfloat16() -> bool:
    """Return whether this CPU multiplies in bfloat16."""
    can = torch.cpu.get_capabilities()
    return bool(can.get("avx512_bf16") or can.get("amx_bf16"))
