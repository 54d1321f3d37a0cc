"""Weights on disk: safetensors with the configuration in their metadata, written atomically."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from .data.files import write_atomically
from .exceptions import CheckpointError

SUFFIX = ".safetensors"
FORMAT = 1  # raised when the meaning of weights or metadata changes


def save_weights(path: Path, kind: str, config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
    """Write weights and what is needed to build their network again.

    Args:
        path: file to write or replace.
        kind: what they are the weights of.
        config: plain values that JSON can hold.
        weights: name -> tensor.
    """
    metadata = {"kind": kind, "format": str(FORMAT), "config": json.dumps(config)}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, save(tensors, metadata))


def load_weights(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return configuration and weights of a checkpoint.

    Raises:
        CheckpointError: there is none, it is damaged, or it holds something else.
    """
    metadata, weights = _open(path)
    if metadata.get("kind") != kind:
        raise CheckpointError(f"'{path}' holds '{metadata.get('kind')}', not '{kind}'.")
    if metadata.get("format") != str(FORMAT):
        raise CheckpointError(f"'{path}' has format {metadata.get('format')}; this version reads {FORMAT}.")
    return json.loads(metadata["config"]), weights


def fill(parts: Mapping[str, nn.Module], weights: Mapping[str, Tensor]) -> None:
    """Give modules, listed by the prefix of their names, their weights, and make them ready to act."""
    for prefix, module in parts.items():
        module.load_state_dict({name.removeprefix(prefix): w for name, w in weights.items() if name.startswith(prefix)})
        module.to(device()).eval().requires_grad_(requires_grad=False)


def kind_of(path: Path) -> str:
    """Return what a checkpoint holds the weights of.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    return _open(path)[0].get("kind", "nothing known")


def digest_of(path: Path) -> str:
    """Return what tells a checkpoint from others: the same for the same weights, whatever order they were written in.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    metadata, weights = _open(path)
    found = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, tensor in sorted(weights.items()):
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()[:16]


def device() -> torch.device:
    """Return a GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision(where: torch.device) -> torch.autocast:
    """Return a block in which networks calculate in bfloat16 on a GPU, and in full precision elsewhere."""
    return torch.autocast(where.type, torch.bfloat16, enabled=where.type == "cuda")


def _open(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint '{path}'.")
    try:
        with safe_open(path, framework="pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dictionary)
            return file.metadata() or {}, weights
    except SafetensorError as error:
        raise CheckpointError(f"'{path}' is no whole safetensors file: {error}.") from error
