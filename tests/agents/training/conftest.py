"""A small dataset of made up recordings, and tiny sizes."""

from typing import NamedTuple

import pytest
import recordings
import torch
from observations import TINY, awaken

from lacelab.agents.critic_network import CriticNetwork
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import FORMAT
from lacelab.agents.data.writer import write_dataset
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.returns import visits
from lacelab.agents.training.transitions import Transitions
from lacelab.agents.value_heads import Categorical


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> ChunkReader:
    """Return chunks of three of six recordings."""
    folder = tmp_path_factory.mktemp("training") / "dataset"
    episodes = [recordings.make(seed, length=12) for seed in range(6)]
    write_dataset(folder, episodes, {"format": FORMAT, "task": "ThreadEyelet", "difficulty": "standard"})
    return ChunkReader.open(folder, chunk=3)


class Start(NamedTuple):
    """What online learning starts from: random networks, a head, and a buffer."""

    policy: PolicyNetwork
    critic: CriticNetwork
    head: Categorical
    buffer: Transitions


@pytest.fixture
def start(reader: ChunkReader) -> Start:
    """Return a frozen policy and a critic that are not the identity."""
    torch.manual_seed(0)
    policy, critic = PolicyNetwork(TINY), CriticNetwork(TINY, TINY.bins)
    awaken(policy)
    awaken(critic, seed=1)
    policy.eval().requires_grad_(requires_grad=False)
    found = visits(reader.arrays.starts, reader.arrays.success.tolist(), [[]] * 6, range(6))
    return Start(policy, critic, Categorical(TINY.bins), Transitions(reader, found, 3))
