"""Idle hands shown elsewhere: which ones are idle, where they are shown, and what is still learned of them."""

import numpy as np
import pytest
import torch
from observations import states
from torch import Tensor

from lacelab.agents.hands import matrices
from lacelab.agents.training.idle import with_idle_hands_elsewhere
from lacelab.agents.training.samples import Samples
from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE, TRANSLATION_SCALE

_BATCH, _CHUNK = 64, 4
_SHOWN = {"target_position", "tool_position", "target_rotation", "tool_rotation", "gripper_opening"}


def _samples() -> Samples:
    """Return scenes that ask for the left lace, which is 3 cm from the left hand; the right one is 50 cm away and open."""
    seen = states(_BATCH)
    seen["target_position"] = torch.tensor([[0.3, 0.2, 0.4], [0.3, -0.3, 0.4]]).repeat(_BATCH, 1, 1)
    seen["tool_position"] = seen["target_position"] + 0.001
    seen["aglet_position"] = torch.tensor([[0.3, 0.2, 0.37], [0.3, 0.0, 0.37]]).repeat(_BATCH, 1, 1)
    seen["gripper_opening"] = torch.linspace(0.01, 0.02, _BATCH)[:, None].repeat(1, 2)
    return Samples(seen, torch.zeros(_BATCH, _CHUNK, ACTION_SIZE), torch.ones(_BATCH, _CHUNK), np.arange(_BATCH))


def _show(samples: Samples, probability: float = 1.0) -> Samples:
    return with_idle_hands_elsewhere(samples, probability, torch.Generator().manual_seed(0))


def _moved(before: Samples, after: Samples) -> Tensor:
    """Return which hands (batch, hands) are shown elsewhere."""
    return (after.observation["target_position"] != before.observation["target_position"]).any(dim=2)


def test_the_hand_that_is_far_from_the_lace_asked_for_is_shown_elsewhere() -> None:
    samples = _samples()
    after = _show(samples)
    assert _moved(samples, after).tolist() == [[False, True]] * _BATCH
    shift = after.observation["target_position"] - samples.observation["target_position"]
    assert 0.09 < shift.abs().max() <= 0.1 and shift[:, 1].mean(dim=0).abs().max() < 0.03
    tools = after.observation["tool_position"] - samples.observation["tool_position"]
    torch.testing.assert_close(tools, shift, atol=1e-6, rtol=0)


def test_it_is_turned_and_open_as_in_another_sample() -> None:
    samples = _samples()
    before, after = samples.observation, _show(samples).observation
    for row in range(_BATCH):
        source = int((before["gripper_opening"][:, 1] == after["gripper_opening"][row, 1]).nonzero()[0])
        for name in ("target_rotation", "tool_rotation"):
            torch.testing.assert_close(after[name][row, 1], before[name][source, 1], rtol=0, atol=0)


def test_what_it_does_is_not_cloned_and_nothing_else_changes() -> None:
    samples = _samples()
    kept = {name: value.clone() for name, value in samples.observation.items()}
    samples.valid[:, -1] = 0.0  # beyond the end
    after = _show(samples)
    assert after.valid[:, :, 0].tolist() == samples.valid.tolist() and not after.valid[:, :, 1].any()
    assert after.actions is samples.actions
    for name, value in kept.items():
        torch.testing.assert_close(samples.observation[name], value, rtol=0, atol=0)
        if name in _SHOWN:
            torch.testing.assert_close(after.observation[name][:, 0], value[:, 0], rtol=0, atol=0)
        else:
            assert torch.equal(after.observation[name], value)


def test_of_two_idle_hands_one_is_shown_elsewhere() -> None:
    samples = _samples()
    samples.observation["aglet_position"][:, 0, 0] -= 0.3
    moved = _moved(samples, _show(samples))
    assert (moved.sum(dim=1) == 1).all() and 0.3 < moved[:, 0].float().mean() < 0.7


def test_a_hand_that_is_about_to_arrive_is_not_idle() -> None:
    samples = _samples()
    way = torch.tensor([0.0, 0.45, 0.0])
    frame = matrices(samples.observation["target_rotation"][:, 1])
    steps = torch.einsum("bij,i->bj", frame, way) / TRANSLATION_SCALE / _CHUNK
    samples.actions[:, :, ACTION_PER_ARM : ACTION_PER_ARM + 3] = steps[:, None]
    assert not _moved(samples, _show(samples)).any()


@pytest.mark.parametrize("what", ["holds a lace", "is near the other hand"])
def test_a_hand_that_has_something_to_do_stays(what: str) -> None:
    samples = _samples()
    seen = samples.observation
    if what == "holds a lace":
        seen["aglet_position"][:, 1] = seen["target_position"][:, 1]
        seen["gripper_opening"][:, 1] = 0.003
    else:
        seen["target_position"][:, 1] = seen["target_position"][:, 0] + torch.tensor([0.0, -0.08, 0.0])
    after = _show(samples)
    assert not _moved(samples, after).any() and after.valid.all()


def test_nothing_is_shown_where_it_would_be_in_the_way() -> None:
    samples = _samples()
    seen = samples.observation
    seen["target_position"][:, 1] = seen["target_position"][:, 0] + torch.tensor([0.0, -0.13, 0.0])
    after = _show(samples)
    assert 0 < _moved(samples, after).sum() < _BATCH
    places = after.observation["target_position"]
    assert (places[:, 0] - places[:, 1]).norm(dim=1).min() > 0.09


def test_probability() -> None:
    samples = _samples()
    assert _show(samples, 0.0) is samples
    assert 0.3 < _moved(samples, _show(samples, 0.5)).any(dim=1).float().mean() < 0.7
