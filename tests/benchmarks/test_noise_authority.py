"""What noise decides, of policies of which that is known."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from observations import TINY, states
from synthetic_frames import synthetic_rows
from torch import Tensor

from lacelab.agents import rollouts
from lacelab.agents.checkpoint import save_weights
from lacelab.agents.data.files import read_json
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.learned import carried_out
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.rollouts import Rollout, RolloutSpec
from lacelab.agents.training.cloning import KIND
from lacelab.benchmarks.noise_authority import Choices, NoiseAuthority, choices, chosen_in, measures
from lacelab.envs.exceptions import ParameterError
from lacelab.envs.spec import TRANSLATION_SCALE

NOISES, CHUNK = 50, 16
SEEN = states(3)


class Deciding:
    """A policy whose chunks are a function of their noise alone."""

    def __init__(self, chunks: Callable[[Tensor], Tensor]) -> None:
        self._chunks = chunks

    def context(self, seen: Any) -> list[Any]:
        return []

    def decode(self, context: Any, noise: Tensor) -> Tensor:
        return self._chunks(noise)


def _choices(chunks: Callable[[Tensor], Tensor], opening: float = 0.02) -> Choices:
    noise = torch.randn(NOISES, CHUNK, 14, generator=torch.Generator().manual_seed(0))
    seen = SEEN | {"gripper_opening": torch.tensor([[opening, 0.02]] * 3)}
    return choices(cast(PolicyNetwork, Deciding(chunks)), seen, noise)


def test_where_noise_moves_a_hand_it_ends_elsewhere() -> None:
    def moving(noise: Tensor) -> Tensor:
        chunks = torch.zeros_like(noise)
        chunks[:, :, 0] = noise[:, :1, 0]  # the same in each action, so that the hand moves on
        return chunks

    found = _choices(moving)
    first = torch.randn(NOISES, CHUNK, 14, generator=torch.Generator().manual_seed(0))[:, 0, 0]
    expected = carried_out(CHUNK) * TRANSLATION_SCALE * float(first.std(correction=0))
    np.testing.assert_allclose(found.spread[:, 0], expected, rtol=1e-4)
    np.testing.assert_allclose(found.spread[:, 1], 0.0, atol=1e-7)


def test_noise_that_makes_hands_faster_or_slower() -> None:
    def hurrying(noise: Tensor) -> Tensor:
        chunks = torch.zeros_like(noise)
        chunks[:, :, 7] = 0.5 * (1.0 + 0.1 * noise[:, :1, 0].sign())
        return chunks

    found = _choices(hurrying)
    np.testing.assert_allclose(found.travel[:, 1], 0.5 * carried_out(CHUNK) * TRANSLATION_SCALE, rtol=0.05)
    np.testing.assert_allclose(found.pace[:, 1], 0.1, rtol=0.1)
    assert measures(found)["hands_that_move"] == 3 and measures(found)["median_pace"] == pytest.approx(0.1, rel=0.1)
    assert measures(_choices(torch.zeros_like))["hands_that_move"] == 0


def test_what_comes_after_what_is_carried_out_decides_nothing() -> None:
    def later(noise: Tensor) -> Tensor:
        return torch.where(torch.arange(CHUNK)[:, None] < carried_out(CHUNK), -1.0, noise)

    found = _choices(later)
    np.testing.assert_allclose(found.spread, 0.0, atol=1e-6)
    assert not found.opens.any()


def test_grippers_that_some_noises_open() -> None:
    def by_sign(noise: Tensor) -> Tensor:
        chunks = torch.full_like(noise, -1.0)
        chunks[:, 0, 6] = noise[:, 0, 0].sign()
        return chunks

    found = _choices(by_sign, opening=0.0)
    assert 0.3 < found.opens[0, 0] < 0.7 and not found.opens[:, 1].any()
    result = measures(found)
    assert result["grippers_that_noise_decides"] == pytest.approx(0.5)
    assert (result["closed_on_nothing"], result["of_these_no_noise_opens"]) == (3, 0)
    assert result["share_of_noises_that_open"] == pytest.approx(float(found.opens[0, 0]))
    stuck = measures(_choices(lambda noise: torch.full_like(noise, -1.0), opening=0.0))
    assert (stuck["of_these_no_noise_opens"], stuck["share_of_noises_that_open"]) == (3, 0.0)
    assert measures(_choices(by_sign))["share_of_noises_that_open"] is None


def test_states_are_those_in_which_a_chunk_was_chosen() -> None:
    starts = np.array([0, 20, 29])
    assert chosen_in(starts, 8, 100).tolist() == [0, 8, 16, 20, 28]
    assert chosen_in(starts, 8, 3).tolist() == [0, 16, 28]


def test_it_is_measured_in_rollouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(spec: RolloutSpec) -> Rollout:
        return Rollout(synthetic_rows(10, np.random.default_rng(spec.seed)), np.eye(10, dtype=np.float32)[-1], 5)

    monkeypatch.setattr(rollouts, "roll_out", fake)
    policy, out = tmp_path / "policy.safetensors", tmp_path / "out.json"
    save_weights(policy, KIND, {"network": asdict(TINY)}, PolicyNetwork(TINY).state_dict())
    measure = NoiseAuthority(policy, tmp_path / "rollouts", out, episodes=2, states=5, noises=3, workers=1)
    measure.run()
    first = read_json(out)
    assert (first["episodes"], first["solved"], first["states"], first["noises"]) == (2, 2, 5, 3)
    spreads = [found["median_spread"] for found in first["deviation"].values()]
    assert list(first["deviation"]) == ["0.8", "1.0", "1.6"]
    assert 0 < spreads[0] < spreads[2]
    measure.run()
    assert read_json(out) == first


def test_one_noise_alone_decides_nothing(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="noises"):
        NoiseAuthority(tmp_path / "no.safetensors", tmp_path, tmp_path / "out.json", noises=1).run()
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        NoiseAuthority(tmp_path / "no.safetensors", tmp_path, tmp_path / "out.json").run()
    assert not (tmp_path / "out.json").exists()
