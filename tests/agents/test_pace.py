"""How far chunks lead hands, of chunks of which it is known."""

import numpy as np
import torch
from observations import states

from lacelab.agents.pace import ways
from lacelab.envs.spec import TRANSLATION_SCALE

ACTIONS = 8
SPEEDS = torch.tensor([0.5, 0.4, 0.6, 0.45])


def _chunks(speeds: torch.Tensor) -> torch.Tensor:
    """Return chunks for two states in which the first hand goes ahead at these speeds, and the other one hardly moves."""
    chunks = torch.zeros(2, len(speeds), ACTIONS, 14)
    chunks[:, :, :, 0] = speeds[:, None]
    chunks[:, :, :, 8] = 1e-3
    return chunks


def test_who_goes_faster_gets_farther() -> None:
    found = ways(states(2), _chunks(SPEEDS))
    far = ACTIONS * TRANSLATION_SCALE * SPEEDS
    np.testing.assert_allclose(found.travel[:, 0], float(far.mean()), rtol=1e-4)
    np.testing.assert_allclose(found.along[:, :, 0], (far - far.mean()).expand(2, 4), atol=1e-6)
    np.testing.assert_allclose(found.advance, found.along[:, :, 0])


def test_hands_that_hardly_move_do_not_count() -> None:
    assert not ways(states(2), _chunks(SPEEDS / 100)).advance.any()


def test_who_goes_back_gets_less_far() -> None:
    found = ways(states(2), _chunks(torch.tensor([0.6, 0.6, -0.3])))
    assert (found.along[:, 2, 0] < found.along[:, 0, 0]).all()


def test_chunks_that_are_all_the_same_differ_in_nothing() -> None:
    found = ways(states(2), _chunks(torch.full((3,), 0.5)))
    np.testing.assert_allclose(found.advance, 0.0, atol=1e-7)
