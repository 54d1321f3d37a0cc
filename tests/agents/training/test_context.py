"""The lace that nobody asked for, as in another scene."""

import numpy as np
import torch
from observations import states

from lacelab.agents.training.context import among_other_laces, named_laces
from lacelab.agents.training.samples import Samples
from lacelab.envs.language import encode

_BATCH = 40
_LACES = ("aglet_position", "aglet_axis", "lace_points", "threaded", "pulled_through")


def _samples() -> Samples:
    """Return scenes of which every second one asks for the right lace."""
    seen = states(_BATCH)
    sides = ("left", "right")
    words = [encode(f"thread the {sides[i % 2]} lace through the first hole on the left") for i in range(_BATCH)]
    seen["instruction"] = torch.from_numpy(np.stack(words))
    for name in ("threaded", "pulled_through"):
        seen[name] = torch.rand(seen[name].shape)
    return Samples(seen, torch.zeros(_BATCH, 3, 14), torch.ones(_BATCH, 3), np.arange(_BATCH))


def _show(samples: Samples, probability: float) -> Samples:
    return among_other_laces(samples, probability, torch.Generator().manual_seed(0))


def test_laces_are_read_from_the_instruction() -> None:
    assert named_laces(_samples().observation["instruction"]).tolist() == [0, 1] * (_BATCH // 2)


def test_the_other_lace_is_whole_and_of_a_scene_that_asks_for_the_same() -> None:
    samples = _samples()
    before, after = samples.observation, _show(samples, 1.0).observation
    moved = 0
    for row in range(_BATCH):
        asked, other = row % 2, 1 - row % 2
        source = next(
            i for i in range(_BATCH) if torch.equal(before["lace_points"][i, other], after["lace_points"][row, other])
        )
        moved += source != row
        assert source % 2 == row % 2
        for name in _LACES:
            torch.testing.assert_close(after[name][row, asked], before[name][row, asked], rtol=0, atol=0)
            torch.testing.assert_close(after[name][row, other], before[name][source, other], rtol=0, atol=0)
    assert moved > _BATCH / 2


def test_nothing_else_changes_and_the_samples_stay_as_they_are() -> None:
    samples = _samples()
    kept = {name: value.clone() for name, value in samples.observation.items()}
    after = _show(samples, 1.0)
    assert all(torch.equal(samples.observation[name], value) for name, value in kept.items())
    assert all(torch.equal(after.observation[name], kept[name]) for name in kept if name not in _LACES)
    assert after.actions is samples.actions


def test_probability() -> None:
    samples = _samples()
    assert _show(samples, 0.0) is samples
    changed = (_show(samples, 0.5).observation["lace_points"] != samples.observation["lace_points"]).flatten(1).any(1)
    assert 0.25 < changed.float().mean() < 0.7
