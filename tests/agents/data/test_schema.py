"""Every key of the specification is in exactly one feature."""

import numpy as np

from lacelab.agents.data.schema import (
    ACTION,
    GROUPS,
    IMAGES,
    SCENE,
    STATE,
    TOKENS,
    WIDTHS,
    flatten,
    lerobot_features,
    unflatten,
)
from lacelab.envs.observation import observation_space
from lacelab.envs.spec import STATE_KEYS


def test_all_keys_are_kept_once() -> None:
    keys = [key for group in GROUPS.values() for key in group]
    assert sorted([*keys, "instruction"]) == sorted(STATE_KEYS)


def test_flatten_and_unflatten_are_inverse() -> None:
    space = observation_space("state")
    space.seed(0)
    observation = space.sample()
    again = unflatten(flatten(observation))
    assert again.keys() == observation.keys()
    for key, value in observation.items():
        assert np.array_equal(again[key], value) and again[key].dtype == value.dtype


def test_unflatten_keeps_leading_axes() -> None:
    rows = {name: np.zeros((4, 5, WIDTHS[name]), np.float32) for name in (STATE, SCENE, TOKENS)}
    for key, value in unflatten(rows).items():
        assert value.shape == (4, 5, *STATE_KEYS[key].shape)


def test_lerobot_features_name_every_entry() -> None:
    features = lerobot_features(images=True)
    for name in (STATE, SCENE, TOKENS, ACTION):
        assert features[name]["shape"] == [WIDTHS[name]] == [len(set(features[name]["names"]))]
    assert features[ACTION]["names"][6] == "left_gripper"
    assert set(features) - set(lerobot_features(images=False)) == set(IMAGES.values())
