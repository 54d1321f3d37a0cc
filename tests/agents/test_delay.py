"""Delays told from what is seen."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lacelab.agents.delay import MeasuredDelay
from lacelab.agents.hands import advanced, matrices
from lacelab.envs.spec import ACTION_SIZE

_START = {
    "target_position": np.array([[0.4, 0.2, 0.3], [0.4, -0.2, 0.3]], np.float32),
    "target_rotation": np.tile(np.array([1, 0, 0, 0, 1, 0], np.float32), (2, 1)),
}


def _seen(actions: np.ndarray) -> dict[str, np.ndarray]:
    """Return commanded hands after actions (n, 14)."""
    position, rotation = torch.from_numpy(_START["target_position"]), torch.from_numpy(_START["target_rotation"])
    position, turned = advanced(position[None], matrices(rotation)[None], torch.from_numpy(actions)[None])
    columns = torch.cat([turned[0, ..., 0], turned[0, ..., 1]], dim=-1)
    return {"target_position": position[0].numpy(), "target_rotation": columns.numpy()}


@settings(deadline=None, max_examples=40)
@given(delay=st.integers(0, 6), every=st.integers(1, 9), seed=st.integers(0, 1000))
def test_any_delay_is_found_from_any_motion_however_often_it_is_seen(delay: int, every: int, seed: int) -> None:
    sent = np.random.default_rng(seed).uniform(-1.0, 1.0, (30, ACTION_SIZE)).astype(np.float32)
    measured = MeasuredDelay(expected=3)
    for tick, action in enumerate(sent):
        if tick % every == 0:
            measured.observe(_seen(sent[: max(0, tick - delay)]))
        measured.sent(action)
    assert measured.ticks == delay
    np.testing.assert_array_equal(measured.under_way, sent[len(sent) - delay :])


def test_hands_at_rest_tell_nothing() -> None:
    measured = MeasuredDelay(expected=2)
    for _ in range(20):
        measured.observe(_START)
        measured.sent(np.zeros(ACTION_SIZE, np.float32))
    assert measured.ticks == 2


def test_a_reset_forgets() -> None:
    measured = MeasuredDelay(expected=1)
    measured.observe(_START)
    measured.sent(np.ones(ACTION_SIZE, np.float32))
    measured.observe(_seen(np.ones((1, ACTION_SIZE), np.float32)))
    assert measured.ticks == 0
    measured.reset()
    assert measured.ticks == 1 and len(measured.under_way) == 0
