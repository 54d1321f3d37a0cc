"""A hand loses hold once."""

import numpy as np
import pytest

from lacelab.agents.demonstrator.accident import Accident
from lacelab.agents.demonstrator.motion import CLOSED, OPEN
from lacelab.envs.spec import CONTROL_PERIOD, SIDES, Side

HOLDING = np.full(14, 0.25, np.float32)
HOLDING[[6, 13]] = CLOSED


def _grippers(accident: Accident, ticks: int, holding: list[Side]) -> np.ndarray:
    """Return what is sent to both grippers (ticks, 2) where everything else stays as it was."""
    sent = np.array([accident.spoil(HOLDING, holding) for _ in range(ticks)])
    assert (np.delete(sent, [6, 13], axis=1) == 0.25).all() and (HOLDING[[6, 13]] == CLOSED).all()
    return sent[:, [6, 13]]


@pytest.mark.parametrize("seed", range(5))
def test_one_hand_opens_for_a_moment_once(seed: int) -> None:
    accident = Accident(1.0, np.random.default_rng(seed))
    sent = _grippers(accident, 800, list(SIDES))
    [hand] = np.flatnonzero((sent != CLOSED).any(axis=0))
    opened = np.flatnonzero(sent[:, hand] == np.float32(OPEN))
    assert np.array_equal(opened, opened[0] + np.arange(8)) and not accident.happening
    assert 1.0 <= (opened[0] + 1) * CONTROL_PERIOD <= 16.0


def test_it_waits_until_something_is_held() -> None:
    accident = Accident(1.0, np.random.default_rng(0))
    assert (_grippers(accident, 400, []) == CLOSED).all()
    assert np.allclose(_grippers(accident, 1, [Side.RIGHT]), [[CLOSED, OPEN]]) and accident.happening


def test_who_has_none_draws_nothing() -> None:
    generator = np.random.default_rng(3)
    accident = Accident(0.0, generator)
    assert (_grippers(accident, 400, list(SIDES)) == CLOSED).all()
    assert generator.random() == np.random.default_rng(3).random()
