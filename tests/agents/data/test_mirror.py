"""Mirroring flat rows is mirroring the keys in them."""

import numpy as np
import pytest

from lacelab.agents.data.mirror import ROW_MIRRORS
from lacelab.agents.data.schema import ACTION, SCENE, STATE, WIDTHS, flatten
from lacelab.envs.observation import observation_space
from lacelab.envs.symmetry import mirror_action, mirror_observation


def test_rows_follow_the_symmetry_of_the_keys() -> None:
    space = observation_space("state")
    space.seed(1)
    observation = space.sample()
    flat, mirrored = flatten(observation), flatten(mirror_observation(observation))
    for feature in (STATE, SCENE):
        assert np.array_equal(ROW_MIRRORS[feature](flat[feature]), mirrored[feature])
    action = np.random.default_rng(0).normal(size=(2, 3, WIDTHS[ACTION])).astype(np.float32)
    assert np.array_equal(ROW_MIRRORS[ACTION](action), mirror_action(action))


@pytest.mark.parametrize("feature", sorted(ROW_MIRRORS))
def test_twice_is_nothing(feature: str) -> None:
    rows = np.random.default_rng(1).normal(size=(5, WIDTHS[feature])).astype(np.float32)
    once = ROW_MIRRORS[feature](rows)
    assert not np.array_equal(once, rows) and np.array_equal(ROW_MIRRORS[feature](once), rows)
