"""Companded actions: there and back, fine near zero, coarse far from it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lacelab.agents.companding import KNEE, compand, expand
from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE


@settings(deadline=None)
@given(st.lists(st.floats(-1.0, 1.0, width=32), min_size=ACTION_SIZE, max_size=ACTION_SIZE))
def test_there_and_back(values: list[float]) -> None:
    actions = torch.tensor([values])
    torch.testing.assert_close(expand(compand(actions)), actions, atol=1e-6, rtol=1e-5)


def test_small_motions_are_magnified_and_grippers_left_alone() -> None:
    actions = torch.full((ACTION_SIZE,), 0.01)
    companded = compand(actions).numpy()
    motions = np.arange(ACTION_SIZE) % ACTION_PER_ARM < ACTION_PER_ARM - 1
    assert companded[motions] == pytest.approx(0.01 / KNEE, rel=0.01)
    assert companded[~motions].tolist() == pytest.approx([0.01, 0.01])


def test_a_pace_is_the_same_step_at_any_speed() -> None:
    fast, slow = torch.full((ACTION_SIZE,), 0.8), torch.full((ACTION_SIZE,), 0.4)
    steps = [float((compand(a) - compand(0.8 * a))[0]) for a in (fast, slow)]
    assert steps == pytest.approx([-np.log(0.8)] * 2, rel=0.02)


def test_never_beyond_the_limits() -> None:
    wild = torch.tensor([[1e6] * ACTION_SIZE, [-1e6] * ACTION_SIZE])
    assert expand(wild).abs().max() == 1.0
