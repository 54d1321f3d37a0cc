"""Cloning: it overfits, averages and comes back from disk."""

import functools
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from observations import TINY

from lacelab.agents.companding import compand
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import ACTION
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.learned import LearnedPolicy, load_learned
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.training.cloning import Cloning, CloningConfig, load_policy
from lacelab.agents.training.loop import generators
from lacelab.agents.training.samples import to_tensors

CONFIG = CloningConfig(
    steps=300, batch=8, draws=4, learning_rate=2e-2, average=0.9, perturb=0.0, network=replace(TINY, width=32)
)


@pytest.fixture(scope="module")
def learner(reader: ChunkReader) -> Cloning:
    """Return a learner of two frames."""
    learner = Cloning(CONFIG, reader, np.array([1, 30]))
    for step in range(CONFIG.steps):
        learner.update(*generators(0, step))
    return learner


def _averaged(learner: Cloning) -> PolicyNetwork:
    network = learner.averaged.module
    assert isinstance(network, PolicyNetwork)
    return network


def test_two_frames_are_learned_by_heart(learner: Cloning, reader: ChunkReader) -> None:
    samples = to_tensors(reader.read(np.array([1, 30]), np.zeros(2, bool)), torch.device("cpu"))
    network = _averaged(learner)
    with torch.no_grad():
        noise = torch.randn(2, 3, 14, generator=torch.Generator().manual_seed(0))
        chunks = network.decode(network.context(samples.observation), noise)
    assert (chunks - samples.actions).abs().mean() < 0.1
    assert (chunks - samples.actions.flip(0)).abs().mean() > 0.3


def test_actions_are_scaled_by_those_that_are_cloned(learner: Cloning, reader: ChunkReader) -> None:
    taken = np.concatenate([reader.arrays.vectors[ACTION][frame : frame + 3] for frame in (1, 30)])
    companded = compand(torch.from_numpy(taken)).double().numpy().reshape(-1, 7)
    wanted = np.sqrt(np.square(companded).mean(axis=0))
    np.testing.assert_allclose(learner.network.scale[:7], wanted, rtol=1e-5)


def test_it_goes_on_from_a_policy(learner: Cloning, reader: ChunkReader) -> None:
    start = _averaged(learner)
    further = Cloning(CONFIG, reader, np.array([5]), start)
    for network in (further.network, _averaged(further)):
        assert all(torch.equal(value, start.state_dict()[name]) for name, value in network.state_dict().items())


def test_the_average_follows_the_weights(reader: ChunkReader) -> None:
    learner = Cloning(replace(CONFIG, average=0.75), reader, np.array([1]))
    weights = []
    for step in range(2):
        learner.update(*generators(0, step))
        weights.append(learner.network.transformer.velocity.weight.detach().clone())
    got = _averaged(learner).transformer.velocity.weight
    torch.testing.assert_close(got, 0.75 * weights[0] + 0.25 * weights[1])


@pytest.mark.filterwarnings("ignore")  # of the compiler, about PyTorch itself
def test_a_compiled_network_learns_the_same(reader: ChunkReader, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("c++"):  # the same graphs, carried out by PyTorch itself
        monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="aot_eager"))
    losses = {}
    for compiled in (False, True):
        learner = Cloning(replace(CONFIG, compiled=compiled), reader, np.array([1, 30]))
        assert ("_match" in vars(learner._shadow.network)) == compiled
        losses[compiled] = [float(learner.update(*generators(0, step))["loss"]) for step in range(3)]
    assert losses[True] == pytest.approx(losses[False], rel=0.02)


def test_a_policy_on_disk_acts_as_before(learner: Cloning, reader: ChunkReader, tmp_path: Path) -> None:
    path = tmp_path / "policy.safetensors"
    learner.save(path)
    observation = {
        name: value[0] for name, value in reader.read(np.array([5]), np.zeros(1, bool)).observation().items()
    }
    loaded = load_learned(path)  # sets the number of threads, which rounding depends on
    here, there = LearnedPolicy(_averaged(learner).eval(), 2), LearnedPolicy(load_policy(path), 2)
    for policy in (here, there):
        policy.reset(3)
    actions = here.act(observation)
    assert actions.shape == (2, 14) and actions.dtype == np.float32
    assert np.array_equal(actions, there.act(observation))
    loaded.reset(3)
    assert np.array_equal(actions, loaded.act(observation)[:2])
    there.reset(4)
    assert not np.array_equal(actions, there.act(observation))
    noise = np.ones((3, 14), np.float32)
    assert np.array_equal(here.act(observation, noise), there.act(observation, noise))


def test_another_kind_of_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        load_policy(tmp_path / "policy.safetensors")
