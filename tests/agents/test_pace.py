"""Policies that take their time or hurry, with chunks of which it is known how far they lead."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from observations import TINY, states
from torch import Tensor

from lacelab.agents import flow
from lacelab.agents.checkpoint import save_weights
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.learned import EXECUTED, load_learned
from lacelab.agents.pace import PREFERS, Paced, load_paced, ways, write_paced
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.training.cloning import KIND
from lacelab.envs.exceptions import ParameterError, UnknownNameError
from lacelab.envs.spec import TRANSLATION_SCALE

SPEEDS = torch.tensor([0.5, 0.4, 0.6, 0.45])


class Striding:
    """A policy whose first hand goes ahead at the pace that the first entry of the noise says, or stays."""

    def __init__(self, goes: bool = True) -> None:
        self._goes = goes

    def decode(self, context: Any, noise: Tensor) -> Tensor:
        chunks = torch.zeros_like(noise)
        chunks[:, :, 0] = noise[:, :1, 0] / flow.SPREAD * self._goes
        return chunks


@pytest.mark.parametrize(("prefers", "chosen"), [("slowest", 1), ("fastest", 2)])
def test_the_slowest_or_the_fastest_chunk_is_carried_out(prefers: str, chosen: int) -> None:
    drawn = _noise(SPEEDS)
    paced = Paced(cast(PolicyNetwork, Striding()), len(SPEEDS), prefers)
    assert torch.equal(paced.choose(states(1), [], drawn), flow.SPREAD * drawn[[chosen]])


@pytest.mark.parametrize("prefers", PREFERS)
def test_where_no_hand_moves_the_first_one_is(prefers: str) -> None:
    """What hardly moves is no journey: preferring less of it would make hands hover."""
    drawn = _noise(SPEEDS)
    paced = Paced(cast(PolicyNetwork, Striding(goes=False)), len(SPEEDS), prefers)
    assert torch.equal(paced.choose(states(1), [], drawn), flow.SPREAD * drawn[[0]])


def test_how_far_chunks_lead() -> None:
    chunks = torch.zeros(2, 4, EXECUTED, 14)
    chunks[:, :, :, 0] = SPEEDS[:, None]
    chunks[:, :, :, 8] = 1e-3  # the other hand hardly moves
    found = ways(states(2), chunks)
    far = EXECUTED * TRANSLATION_SCALE * SPEEDS
    np.testing.assert_allclose(found.travel[:, 0], float(far.mean()), rtol=1e-4)
    np.testing.assert_allclose(found.along[:, :, 0], (far - far.mean()).expand(2, 4), atol=1e-6)
    np.testing.assert_allclose(found.advance, found.along[:, :, 0])


def test_it_acts_and_comes_back(tmp_path: Path) -> None:
    policy, out = _cloned(tmp_path), tmp_path / "slow" / "policy.safetensors"
    write_paced(policy, out, "slowest", 3)
    paced = load_paced(out)
    assert (paced.draws, paced.prefers) == (3, "slowest")
    acts = load_learned(out)
    acts.reset(0)
    chunk = acts.act({name: values[0].numpy() for name, values in states(1).items()})
    assert chunk.shape == (TINY.chunk, 14) and np.isfinite(chunk).all()


def test_what_cannot_be_written_is_refused_before_anything_is(tmp_path: Path) -> None:
    policy, out = _cloned(tmp_path), tmp_path / "slow.safetensors"
    with pytest.raises(UnknownNameError, match=r"preference 'steady'.*slowest, fastest"):
        write_paced(policy, out, "steady", 4)
    with pytest.raises(ParameterError, match="candidates"):
        write_paced(policy, out, "slowest", 1)
    with pytest.raises(
        CheckpointError, match=r"'.*slow.json' would not be loaded: its name has to end in .safetensors"
    ):
        write_paced(policy, out.with_suffix(".json"), "slowest", 4)
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        write_paced(tmp_path / "none.safetensors", out, "slowest", 4)
    assert [path.name for path in tmp_path.iterdir()] == ["cloned.safetensors"]


def _noise(speeds: Tensor) -> Tensor:
    noise = torch.zeros(len(speeds), TINY.chunk, 14)
    noise[:, 0, 0] = speeds * EXECUTED / TINY.chunk  # as far, however short a chunk is
    return noise


def _cloned(folder: Path) -> Path:
    path = folder / "cloned.safetensors"
    save_weights(path, KIND, {"network": asdict(TINY)}, PolicyNetwork(TINY).state_dict())
    return path
