"""Straight ways of hands."""

from typing import Any

import numpy as np
import pytest
import torch
from observations import states

from lacelab.agents.hands import advanced
from lacelab.agents.motions import hands_of, keeping, resting, rising, towards
from lacelab.agents.sure_release import OPEN, SHUT
from lacelab.envs.deployment import GRIPPERS

HANDS = hands_of({name: values[0].numpy() for name, values in states(1).items()})


def test_hands_at_rest_open_or_stay_closed() -> None:
    for actions, gripper in ((resting(5), OPEN), (keeping(5), SHUT)):
        assert actions.shape == (5, 14)
        assert (actions[:, GRIPPERS] == np.float32(gripper)).all() and not actions[:, ~GRIPPERS].any()


def test_hands_rise_upwards() -> None:
    before, after = _after(rising(HANDS, 5))
    np.testing.assert_allclose(after - before, [[[0.0, 0.0, 5 * 0.3 * 0.0125]] * 2], atol=1e-6)


def test_hands_go_home_on_a_straight_line() -> None:
    home = (HANDS[0] + [[0.1, 0.0, 0.0], [0.0, -0.02, 0.01]], HANDS[1][::-1])
    actions = towards(HANDS, home, 40)
    before, after = _after(actions)
    np.testing.assert_allclose(after[0], home[0], atol=1e-5)
    lengths = np.linalg.norm(actions.reshape(40, 2, 7)[:, :, :3], axis=2)
    assert lengths.max() == pytest.approx(0.6, abs=1e-5)
    halfway = _after(actions[:5])[1][0, 0] - before[0, 0]
    np.testing.assert_allclose(halfway, [5 * 0.6 * 0.0125, 0.0, 0.0], atol=1e-6)


def test_hands_go_as_fast_as_they_are_told() -> None:
    home = (HANDS[0] + [0.1, 0.0, 0.0], HANDS[1])
    before, after = _after(towards(HANDS, home, 5, 0.2))
    np.testing.assert_allclose(after - before, [[[5 * 0.2 * 0.0125, 0.0, 0.0]] * 2], atol=1e-6)


def _after(actions: np.ndarray) -> tuple[Any, Any]:
    """Return where the hands are before and after actions, (1, 2, 3) each."""
    position, rotation = (torch.from_numpy(values)[None] for values in HANDS)
    return position.numpy(), advanced(position, rotation, torch.from_numpy(actions)[None].double())[0].numpy()
