"""Checkpoints: written whole, refused where damaged or of another kind."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lacelab.agents.checkpoint import digest_of, load_weights, save_weights
from lacelab.agents.exceptions import CheckpointError

WEIGHTS = {"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.ones(2, dtype=torch.int64)}


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "policy.safetensors"
    save_weights(path, "toy", {"network": {"width": 16}, "rate": 1e-3}, WEIGHTS)
    config, weights = load_weights(path, "toy")
    assert config == {"network": {"width": 16}, "rate": 1e-3}
    assert weights.keys() == WEIGHTS.keys()
    assert all(torch.equal(weights[name], tensor) for name, tensor in WEIGHTS.items())
    assert list(path.parent.iterdir()) == [path]


def test_the_digest_is_that_of_weights_and_configuration(tmp_path: Path) -> None:
    digests = []
    for weights, config in (
        (WEIGHTS, {"rate": 1}),
        (dict(reversed(WEIGHTS.items())), {"rate": 1}),
        (WEIGHTS | {"b": torch.zeros(2, dtype=torch.int64)}, {"rate": 1}),
        (WEIGHTS, {"rate": 2}),
    ):
        save_weights(tmp_path / "policy.safetensors", "toy", config, weights)
        digests.append(digest_of(tmp_path / "policy.safetensors"))
    assert digests[0] == digests[1] and len(set(digests)) == 3


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"There is no checkpoint '.*none.safetensors'"):
        load_weights(tmp_path / "none.safetensors", "toy")


@pytest.mark.parametrize("kept", [0, 5, 60, -3])
def test_damaged(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "policy.safetensors"
    save_weights(path, "toy", {}, WEIGHTS)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="is no whole safetensors file"):
        load_weights(path, "toy")


def test_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "policy.safetensors"
    save_weights(path, "critic", {}, WEIGHTS)
    with pytest.raises(CheckpointError, match="holds 'critic', not 'flow policy'"):
        load_weights(path, "flow policy")
    save_file({"a": torch.ones(1)}, path)
    with pytest.raises(CheckpointError, match="holds 'None', not 'toy'"):
        load_weights(path, "toy")
    save_file({"a": torch.ones(1)}, path, {"kind": "toy", "format": "0"})
    with pytest.raises(CheckpointError, match="has format 0; this version reads 1"):
        load_weights(path, "toy")
