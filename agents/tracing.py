"""A policy network as programs without Python in them: the same operations, the same bits, in less than half of the time.

One chunk is about a thousand small operations, and on a CPU most of its time passes between them. A trace in TorchScript
leaves that out. PyTorch would rather have `torch.compile` used, which is faster still, but takes two minutes and a C++
compiler wherever a policy is loaded. What cannot be traced here acts as it is, only later.
"""

import sys
import warnings
from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

from .networks import Context, NetworkConfig
from .networks.encoders import blank
from .networks.layers import KeysValues
from .policy_network import PolicyNetwork

_LAST_PYTHON = (3, 13)  # that PyTorch supports TorchScript on
_WARM_UP = 2  # calls in which a trace is made faster, which take ten times as long


class FlowNetwork(Protocol):
    """What a policy acts by; see `PolicyNetwork` for the meaning of its parts."""

    @property
    def config(self) -> NetworkConfig:
        """Sizes."""
        ...

    @property
    def scale(self) -> Tensor:
        """Of the actions (14,)."""
        ...

    def context(self, observation: Mapping[str, Tensor]) -> Context:
        """Return what the action transformer reads of observations (batch, ...)."""
        ...

    def decode(self, context: Context, noise: Tensor) -> Tensor:
        """Return chunks (batch, chunk, 14) that noise of the same shape leads to."""
        ...


def traced(network: PolicyNetwork) -> FlowNetwork:
    """Return a network for one observation at a time, with weights as they are now; itself where it cannot be traced."""
    plain = network.config.encoder == "state" and not network.config.vlm and network.scale.device.type == "cpu"
    return _Traced(network) if plain and sys.version_info[:2] <= _LAST_PYTHON else network


class _Traced:
    """Traces of both halves of a network."""

    def __init__(self, network: PolicyNetwork) -> None:
        """Trace a network whose weights ask for no gradients."""
        self.config, self.scale = network.config, network.scale
        example = blank()
        self._names = sorted(example)
        noise = torch.zeros(1, network.config.chunk, len(network.scale))

        def context(*seen: Tensor) -> tuple[Tensor, ...]:
            return _flat(network.context(dict(zip(self._names, seen, strict=True))))

        def decode(noise: Tensor, *context: Tensor) -> Tensor:
            return network.decode(_paired(context), noise)

        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is deprecated, and takes sizes for constants: they are
            inputs = tuple(example[name] for name in self._names)
            self._context: Any = torch.jit.trace(context, inputs, check_trace=False)
            self._decode: Any = torch.jit.trace(decode, (noise, *context(*inputs)), check_trace=False)
            for _ in range(_WARM_UP):
                self.decode(self.context(example), noise)

    def context(self, observation: Mapping[str, Tensor]) -> Context:
        return _paired(self._context(*(observation[name] for name in self._names)))

    def decode(self, context: Context, noise: Tensor) -> Tensor:
        chunks: Tensor = self._decode(noise, *_flat(context))
        return chunks


def _flat(context: Context) -> tuple[Tensor, ...]:
    """Return keys and values of the layers, one after the other: tuples with names are lost in a trace."""
    return tuple(part for layer in context for part in layer)


def _paired(parts: tuple[Tensor, ...]) -> list[KeysValues]:
    """Return the inverse of `_flat`."""
    return [KeysValues(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
