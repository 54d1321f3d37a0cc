"""Falls of progress, marks within chunks, and rankings, against brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lacelab.agents.progress import Window, auroc, falls, rises, shortfalls, threshold, within

STARTS = np.array([0, 7, 8, 20])


@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_falls_by_brute_force(seed: int, chunk: int) -> None:
    progress = np.random.default_rng(seed).random(20).astype(np.float32)
    wanted = []
    for t in range(20):
        end = min(t + chunk + 1, *(stop for stop in STARTS if stop > t))
        pairs = [progress[i] - progress[j] for i in range(t, end) for j in range(i, end)]
        wanted.append(max(pairs))
    np.testing.assert_array_equal(falls(progress, STARTS, chunk), np.array(wanted, np.float32))


def test_what_rises_never_falls() -> None:
    assert not falls(np.linspace(0, 1, 20, dtype=np.float32), np.array([0, 20]), 5).any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_within_by_brute_force(seed: int, chunk: int) -> None:
    flags = np.random.default_rng(seed).random(20) < 0.15
    ends = [min(t + chunk, *(stop for stop in STARTS if stop > t)) for t in range(20)]
    assert within(flags, STARTS, chunk).tolist() == [bool(flags[t:end].any()) for t, end in enumerate(ends)]


def test_a_threshold_drops_the_share_that_is_asked_for() -> None:
    fall = np.random.default_rng(0).random(1000).astype(np.float32)
    assert (fall > threshold(fall, 0.2)).mean() == pytest.approx(0.2, abs=0.002)
    assert (fall > threshold(fall, 0.0)).sum() == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auroc_counts_pairs(frames: list[tuple[int, bool]]) -> None:
    scores, positive = (np.array(column) for column in zip(*frames, strict=True))
    if positive.all() or not positive.any():
        with pytest.raises(ValueError, match="frames of both kinds"):
            auroc(scores, positive)
        return
    higher, lower = scores[positive][:, None], scores[~positive][None]
    assert auroc(scores, positive) == pytest.approx(((higher > lower) + 0.5 * (higher == lower)).mean())


def test_auroc_of_shifted_gaussians() -> None:
    """Two unit normals d apart are told apart with probability Phi(d / sqrt 2): 0.76 for d = 1."""
    numbers = np.random.default_rng(1)
    positive = np.arange(20_000) % 2 == 0
    assert auroc(numbers.normal(size=20_000) + positive, positive) == pytest.approx(0.7602, abs=0.01)


def test_keeping_pace_is_no_shortfall() -> None:
    """Progress gamma^(T - t) has none; resting for n ticks lacks n log(1 / gamma), within its episode only."""
    gamma, starts = 0.9, np.array([0, 10, 20])
    pace = gamma ** np.arange(9, -1, -1.0)
    rest = np.concatenate([pace[:4], np.full(6, pace[3])])
    got = shortfalls(np.concatenate([pace, rest]).astype(np.float32), starts, Window(2, 3), gamma)
    np.testing.assert_allclose(got[:10], 0.0, atol=1e-6)
    resting = np.minimum(np.arange(10) + 3, 9) - np.maximum(np.maximum(np.arange(10) - 2, 0), 3)
    np.testing.assert_allclose(got[10:], np.maximum(resting, 0) * -np.log(gamma), rtol=1e-4, atol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_shortfalls_between_means_by_brute_force(seed: int, around: int) -> None:
    gamma, progress = 0.9, np.random.default_rng(seed).uniform(0.1, 1.0, 20).astype(np.float32)
    lacking = np.arange(20) * -np.log(gamma) - np.log(progress)
    wanted = []
    for start, stop in itertools.pairwise(STARTS):
        near = [np.clip(np.arange(t - around, t + around + 1), start, stop - 1) for t in range(start, stop)]
        means = [lacking[frames].mean() for frames in near]
        ends = [(max(t - 2, 0), min(t + 3, stop - start - 1)) for t in range(stop - start)]
        wanted += [means[last] - means[first] for first, last in ends]
    np.testing.assert_allclose(shortfalls(progress, STARTS, Window(2, 3, around), gamma), wanted, atol=1e-5)


def test_keeping_pace_is_no_shortfall_between_means() -> None:
    pace = 0.9 ** np.arange(9, -1, -1.0)
    got = shortfalls(np.tile(pace, 2).astype(np.float32), np.array([0, 10, 20]), Window(2, 3, around=4), 0.9)
    np.testing.assert_allclose(got, 0.0, atol=1e-6)


def test_rises_end_where_episodes_do() -> None:
    progress = np.array([0.0, 0.1, 0.3, 0.9, 0.0, 0.5], np.float32)
    got = rises(progress, np.array([0, 4, 6]), Window(1, 2))
    np.testing.assert_allclose(got, [0.3, 0.9, 0.8, 0.6, 0.5, 0.5], atol=1e-6)
