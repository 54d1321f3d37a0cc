"""Critic, filter, cloning and online selection on a toy whose best actions are known; about a minute on one core."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import toy_world
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from lacelab.agents import progress, returns
from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.networks import NetworkConfig
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.training.cloning import Cloning, CloningConfig
from lacelab.agents.training.loop import generators
from lacelab.agents.training.selection import Selecting, Selection, SelectionConfig
from lacelab.agents.training.td import CriticConfig, TemporalDifference
from lacelab.agents.training.transitions import Transitions

pytestmark = pytest.mark.slow

_GAMMA = 0.9
_SIZE = NetworkConfig(width=16, heads=2, layers=2, chunk=toy_world.CHUNK, bins=51)


@pytest.fixture(scope="module")
def demonstrations() -> toy_world.World:
    torch.set_num_threads(1)
    return toy_world.demonstrations(150, seed=0)


@pytest.fixture(scope="module")
def critic(demonstrations: toy_world.World) -> TemporalDifference:
    """Return a critic of the demonstrations."""
    config = CriticConfig(steps=600, batch=128, learning_rate=1e-3, gamma=_GAMMA, follow=0.02, network=_SIZE)
    learner = TemporalDifference(config, _transitions(demonstrations))
    _train(learner.update, 240, seed=0)
    return learner


@pytest.fixture(scope="module")
def fall(demonstrations: toy_world.World, critic: TemporalDifference) -> progress.Progress:
    """Return by how much progress falls after each frame; the target network is the steadier judge."""
    found = progress.critic_progress(critic.target, critic.head, demonstrations.reader)
    return progress.falls(found, demonstrations.reader.arrays.starts, toy_world.CHUNK)


@pytest.fixture(scope="module")
def policy(demonstrations: toy_world.World, fall: progress.Progress) -> PolicyNetwork:
    """Return a clone of what the filter keeps."""
    kept = np.flatnonzero(fall <= progress.threshold(fall, 0.25))
    # Actions of the toy world are of another size than those which bring displaced hands back.
    config = CloningConfig(steps=300, batch=64, learning_rate=5e-3, average=0.98, perturb=0.0, network=_SIZE)
    learner = Cloning(config, demonstrations.reader, kept)
    _train(learner.update, config.steps, seed=1)
    network = learner.averaged.module
    assert isinstance(network, PolicyNetwork)
    return network.eval().requires_grad_(requires_grad=False)


def _train(update: Callable[..., object], steps: int, seed: int) -> None:
    for step in range(steps):
        update(*generators(seed, step))


def _transitions(world: toy_world.World) -> Transitions:
    arrays = world.reader.arrays
    found = returns.visits(arrays.starts, world.success, world.keyframes, range(len(world.episodes)))
    return Transitions(world.reader, found, toy_world.CHUNK, _GAMMA)


def _roll_out(policy: LearnedPolicy, episodes: int) -> toy_world.World:
    policy.reset(0)
    numbers = np.random.default_rng(99)
    return toy_world.world_of([toy_world.roll_out(policy.act, numbers) for _ in range(episodes)])


def test_progress_finds_what_was_fumbled(demonstrations: toy_world.World, fall: progress.Progress) -> None:
    flawed = progress.within(demonstrations.flawed, demonstrations.reader.arrays.starts, toy_world.CHUNK)
    assert progress.auroc(fall, flawed) > 0.9


def test_the_clone_arrives_in_both_ways(policy: PolicyNetwork) -> None:
    rolled = _roll_out(LearnedPolicy(policy, toy_world.CHUNK), 40)
    assert np.mean(rolled.success) >= 0.95
    far = [episode.actions[0] for episode in rolled.episodes]
    speeds = np.linalg.norm(far, axis=1)
    assert (speeds < 0.6).mean() > 0.2 and (speeds > 0.8).mean() > 0.1


def test_selection_prefers_the_faster_way(policy: PolicyNetwork, critic: TemporalDifference) -> None:
    plain = LearnedPolicy(policy, toy_world.CHUNK)
    config = SelectionConfig(batch=128, learning_rate=1e-3, follow=0.02)
    learner = Selection(config, policy, critic.network, critic.head, (_transitions(_roll_out(plain, 120)),))
    _train(learner.update, 100, seed=2)
    selecting = Selecting(policy, learner.target, critic.head, 8)
    before, after = _roll_out(plain, 200), _roll_out(LearnedPolicy(policy, toy_world.CHUNK, selecting), 200)
    assert np.mean(after.success) >= 0.95
    # Networks that were trained on another CPU differ by rounding, and so does by how much: a seventh, p = 1e-6, on Zen 3.
    assert mannwhitneyu(_lengths(after), _lengths(before), alternative="less").pvalue < 1e-3


def _lengths(world: toy_world.World) -> NDArray[np.int64]:
    return np.diff(world.reader.arrays.starts)
