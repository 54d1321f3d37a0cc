"""Chunks that pause are carried out as a whole if something comes after the pause; long pauses come to an end."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given as drawn
from hypothesis import strategies as st
from observations import TINY, states

from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.pauses import Pauses, carried_out
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.envs.deployment import GRIPPERS
from lacelab.envs.spec import ACTION_SIZE


def _chunk(first: float = 0.0, rest: float = 0.0, grips: tuple[float, float] = (0.5, 0.5)) -> np.ndarray:
    """Return eight actions and eight more: one axis moves, one gripper opens or closes at the end of each half."""
    chunk = np.zeros((16, ACTION_SIZE), np.float32)
    chunk[:8, 3], chunk[8:, 9] = first, -rest
    chunk[:, GRIPPERS] = 0.5
    chunk[7, 6], chunk[12:, 13] = grips
    return chunk


@pytest.mark.parametrize(
    ("chunk", "count"),
    [
        (_chunk(), 8),  # nothing to wait for
        (_chunk(first=0.02, rest=0.05), 8),  # nor here: it is all fine work
        (_chunk(rest=0.3), 16),
        (_chunk(first=0.3, rest=0.3), 8),  # no pause
        (_chunk(grips=(0.5, -1.0)), 16),
        (_chunk(grips=(-1.0, -1.0)), 8),  # to close a hand is no pause
    ],
)
def test_what_is_carried_out(chunk: np.ndarray, count: int) -> None:
    assert carried_out(chunk, 8) == count


def test_one_quick_action_is_still_a_pause_on_average() -> None:
    chunk = _chunk(rest=0.3)
    chunk[2, 0] = 0.3
    assert carried_out(chunk, 8) == 16
    chunk[3:5, 0] = 0.3
    assert carried_out(chunk, 8) == 8


@drawn(st.integers(1, 8), st.floats(0, 1), st.floats(0, 1))
def test_short_chunks_are_carried_out_as_they_are(length: int, first: float, rest: float) -> None:
    assert carried_out(_chunk(first, rest)[:length], 8) == length


def test_after_a_long_pause_there_is_more_to_choose_from() -> None:
    pauses, rest, motion = Pauses(8), _chunk()[None], _chunk(first=0.3)[None]
    draws = []
    for chunks in (rest, rest, motion, rest, rest, rest, rest, motion):
        draws.append(pauses.draws)
        assert len(pauses.carry_out(chunks)) == 8
    assert draws == [1, 1, 1, 1, 1, 1, 8, 8] and pauses.draws == 1
    for _ in range(3):
        pauses.carry_out(rest)
    pauses.reset()
    assert pauses.draws == 1


def test_the_liveliest_chunk_is_carried_out() -> None:
    quiet, moving, closing = _chunk(first=0.02), _chunk(first=0.3), _chunk(grips=(0.5, -1.0))
    assert np.array_equal(Pauses(8).carry_out(np.stack([quiet, moving, quiet])), moving[:8])
    assert np.array_equal(Pauses(8).carry_out(np.stack([quiet, moving, closing])), closing)


class Noises(PolicyNetwork):
    """Remembers what it is shown; never moves."""

    def __init__(self) -> None:
        super().__init__(TINY)
        self.noises: list[torch.Tensor] = []

    def decode(self, context: Any, noise: torch.Tensor) -> torch.Tensor:
        self.noises.append(noise)
        assert all(len(shown.keys) == len(noise) for shown in context)
        return torch.zeros_like(noise)


@pytest.mark.parametrize("given", [False, True])
def test_a_policy_at_rest_draws_more_noise_unless_it_is_given(given: bool) -> None:
    network = Noises()
    policy = LearnedPolicy(network)
    policy.reset(3)
    seen = {name: value[0].numpy() for name, value in states(1).items()}
    noise = np.ones((TINY.chunk, ACTION_SIZE), np.float32) if given else None
    for _ in range(5):
        policy.act(seen, noise)
    assert [len(noise) for noise in network.noises] == [1, 1, 1, *([1, 1] if given else [8, 8])]
    assert len(torch.cat(network.noises).flatten(1).unique(dim=0)) == (1 if given else 19)
    policy.reset(3)
    policy.act(seen, noise)
    assert torch.equal(network.noises[-1], network.noises[0])
