"""Hands that go where they are wanted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from observations import states

from lacelab.agents.following import Following
from lacelab.agents.foresight import foreseen
from lacelab.envs.deployment import GRIPPERS, MOTIONS, Deployment, Pipeline
from lacelab.envs.spec import ACTION_SIZE, TRANSLATION_SCALE

_MODE = Deployment(latency=2)
_SETTLED = 24  # ticks


def _wanted(seed: int, ticks: int = 40) -> np.ndarray:
    """Return motions that change at once, as often as those of a policy do, then rest."""
    numbers = np.random.default_rng(seed)
    steps = np.repeat(numbers.uniform(-0.7, 0.7, (ticks // 4, ACTION_SIZE)), 4, axis=0)
    return np.concatenate([steps, np.zeros((_SETTLED, ACTION_SIZE))]).astype(np.float32)


def _moved(sent: np.ndarray) -> np.ndarray:
    """Return the sum of what smoothing makes of actions."""
    smoother = Pipeline(_MODE, latency=0)
    return np.sum([smoother.action(action) for action in sent.astype(np.float64)], axis=0)


@given(st.integers(0, 2**32 - 1))
def test_hands_come_to_rest_where_they_are_wanted(seed: int) -> None:
    wanted = _wanted(seed)
    missed = (_moved(Following(_MODE)(wanted)) - wanted.sum(axis=0))[MOTIONS]
    assert np.abs(missed).max() * TRANSLATION_SCALE < 1e-4  # m


def test_without_it_they_come_to_rest_millimetres_beside() -> None:
    missed = [np.abs((_moved(_wanted(seed)) - _wanted(seed).sum(axis=0))[MOTIONS]).max() for seed in range(10)]
    assert np.median(missed) * TRANSLATION_SCALE > 2e-3  # m


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_what_is_behind_is_what_is_missing(seed: int, ticks: int) -> None:
    following, smoother, wanted = Following(_MODE), Pipeline(_MODE, latency=0), _wanted(seed)[:ticks]
    moved = [smoother.action(action) for action in following(wanted).astype(np.float64)]
    rest = np.sum([np.zeros(ACTION_SIZE), *moved, *smoother.ramp()], axis=0)
    np.testing.assert_allclose((rest + following.behind[0])[MOTIONS], wanted.sum(axis=0)[MOTIONS], atol=1e-4)


def test_grippers_are_sent_as_they_are_wanted() -> None:
    following, wanted = Following(_MODE), _wanted(0)
    np.testing.assert_array_equal(following(wanted)[:, GRIPPERS], wanted[:, GRIPPERS])
    assert not following.behind[0, GRIPPERS].any()


def test_without_a_deployment_mode_observations_keep_their_bits() -> None:
    observation = {name: value[0].numpy() for name, value in states(1).items()}
    following = Following(None)
    following(_wanted(0))
    shown = foreseen(observation, following.behind)
    assert all(shown[name] is value for name, value in observation.items())


def test_chunk_by_chunk_it_sends_the_same_as_at_once() -> None:
    wanted, at_once, chunks = _wanted(0), Following(_MODE), Following(_MODE)
    parts = [chunks(part) for part in np.split(wanted, 8)]
    np.testing.assert_array_equal(np.concatenate(parts), at_once(wanted))
    chunks(_wanted(1)[:6])
    chunks.reset()
    assert not chunks.behind.any()
    np.testing.assert_array_equal(chunks(wanted), Following(_MODE)(wanted))


@pytest.mark.parametrize("deployment", [None, Deployment(latency=0, acceleration=2.0, jerk=4.0)])
def test_where_nothing_is_smoothed_what_is_wanted_is_sent(deployment: Deployment | None) -> None:
    following, wanted = Following(deployment), _wanted(0)
    np.testing.assert_allclose(following(wanted), wanted, atol=1e-6)
    np.testing.assert_allclose(following.behind, 0.0, atol=1e-6)
