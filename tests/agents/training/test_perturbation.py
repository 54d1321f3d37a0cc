"""Displaced hands: what moves with them, how far, and whether the actions lead back."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lacelab.agents.training.perturbation import perturbed
from lacelab.agents.training.samples import Samples
from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE, TRANSLATION_SCALE

_BATCH, _CHUNK = 64, 16


def _samples(held: bool = False, both: bool = False) -> Samples:
    """Return scenes with hands 40 cm apart and laces 20 cm below them, or with the left lace in the left hand, or in both."""
    tools = torch.tensor([[0.3, 0.2, 0.5], [0.3, -0.2, 0.5]]).expand(_BATCH, -1, -1).clone()
    if both:
        tools[:, 1] = tools[:, 0] + torch.tensor([0.0, -0.01, 0.0])
    tips = tools - torch.tensor([0.0, 0.0, 0.2])
    if held:
        tips[:, 0] = tools[:, 0] + torch.tensor([0.0, -0.005, 0.0])
    ahead = torch.arange(11, -1, -1)
    points = tips[:, :, None] + 0.02 * ahead[:, None] * torch.tensor([0.0, 1.0, 0.0])
    turned = torch.tensor([[0.0, 1.0, 0.0, 0.0, 0.0, 1.0]]).expand(_BATCH, 2, -1)  # x is the world's y, y its z
    observation: dict[str, Tensor] = {
        "target_position": tools,
        "target_rotation": turned,
        "gripper_opening": torch.full((_BATCH, 2), 0.003 if held else 0.012),
        "aglet_position": tips,
        "aglet_axis": torch.tensor([0.0, -1.0, 0.0]).expand(_BATCH, 2, -1),
        "lace_points": points,
        "eyelet_position": torch.tensor([0.3, 0.0, 0.42]).expand(_BATCH, 2, 3, -1),
    }
    actions = torch.zeros(_BATCH, _CHUNK, ACTION_SIZE)
    return Samples(observation, actions, torch.ones(_BATCH, _CHUNK), np.arange(_BATCH))


def _shift(samples: Samples, after: Samples) -> Tensor:
    return after.observation["target_position"] - samples.observation["target_position"]


def _perturb(samples: Samples, probability: float = 1.0) -> Samples:
    return perturbed(samples, probability, torch.Generator().manual_seed(0))


def test_actions_lead_back() -> None:
    """The tool's x axis is the world's y, its y the world's z, its z the world's x."""
    samples = _samples()
    after = _perturb(samples)
    ways = after.actions.unflatten(2, (2, ACTION_PER_ARM)).sum(dim=1)[..., :3] * TRANSLATION_SCALE
    torch.testing.assert_close(ways[..., [2, 0, 1]], -_shift(samples, after), atol=2e-5, rtol=1e-2)
    others = after.actions.unflatten(2, (2, ACTION_PER_ARM))[..., 3:]
    assert not others.any()


def test_a_displacement_has_its_size() -> None:
    samples = _samples()
    spread = float(_shift(samples, _perturb(samples)).std())
    assert spread == pytest.approx(0.012 * 0.88, rel=0.1)  # cut off at two deviations


def test_a_held_lace_moves_along_and_what_is_far_stays() -> None:
    samples = _samples(held=True)
    after = _perturb(samples)
    shift = _shift(samples, after)
    moved: Any = {name: after.observation[name] - samples.observation[name] for name in samples.observation}
    torch.testing.assert_close(moved["aglet_position"][:, 0], shift[:, 0])
    torch.testing.assert_close(moved["lace_points"][:, 0, -1], shift[:, 0])
    assert not moved["lace_points"][:, 0, :9].any()
    for name in ("aglet_position", "lace_points"):
        assert not moved[name][:, 1].any()
    assert not moved["eyelet_position"].any()


def test_near_a_thing_a_displacement_is_small() -> None:
    samples = _samples(held=True)
    samples.observation["eyelet_position"] = samples.observation["aglet_position"][:, :1, None].expand(-1, 2, 3, -1)
    shift = _shift(samples, _perturb(samples))
    assert shift[:, 0].abs().max() < 1e-6 and shift[:, 1].abs().max() > 1e-3


def test_hands_that_hold_the_same_lace_stay() -> None:
    samples = _samples(held=True, both=True)
    after = _perturb(samples)
    assert not _shift(samples, after).any() and torch.equal(after.actions, samples.actions)


def test_only_the_chosen_share_is_displaced() -> None:
    samples = _samples()
    assert not _shift(samples, _perturb(samples, 0.0)).any()
    share = (_shift(samples, _perturb(samples, 0.5)) != 0).any(dim=2).float().mean()
    assert 0.35 < float(share) < 0.65
