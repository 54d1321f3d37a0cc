"""Chunks that pause are carried out as a whole if something comes after the pause."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lacelab.agents.pauses import carried_out
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


@given(st.integers(1, 8), st.floats(0, 1), st.floats(0, 1))
def test_short_chunks_are_carried_out_as_they_are(length: int, first: float, rest: float) -> None:
    assert carried_out(_chunk(first, rest)[:length], 8) == length
