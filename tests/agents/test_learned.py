"""A learned policy in a world where actions take effect late."""

import numpy as np
import pytest
import torch
from observations import states

from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.networks import NetworkConfig
from lacelab.agents.policies import Delayed
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.envs.deployment import Deployment
from lacelab.envs.exceptions import ParameterError
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import ACTION_SIZE

_CHUNK = 6


@pytest.fixture(scope="module")
def network() -> PolicyNetwork:
    torch.manual_seed(0)
    return PolicyNetwork(NetworkConfig(width=16, heads=2, layers=2, chunk=_CHUNK)).eval()


def test_actions_under_way_are_left_out(network: PolicyNetwork) -> None:
    observation = {name: value[0].numpy() for name, value in states(1).items()}
    noise = np.random.default_rng(0).standard_normal((_CHUNK, ACTION_SIZE)).astype(np.float32)
    whole = LearnedPolicy(network, executed=_CHUNK).act(observation, noise)
    late = LearnedPolicy(network, executed=3, delay=2)
    for _ in range(2):
        late.reset(0)
        np.testing.assert_array_equal(late.act(observation, noise), whole[:3])
        np.testing.assert_array_equal(late.act(observation, noise), whole[2:5])
        np.testing.assert_array_equal(late.act(observation, noise), whole[2:5])


def test_a_delay_longer_than_the_rest_of_a_chunk_is_refused(network: PolicyNetwork) -> None:
    with pytest.raises(ParameterError, match="delay.*4"):
        LearnedPolicy(network, executed=3, delay=4)


def test_the_environment_tells_its_delay() -> None:
    plain = LacingEnv("ThreadEyelet", obs="state")
    deployed = LacingEnv("ThreadEyelet", obs="state", deployment=Deployment())
    slow = LacingEnv("ThreadEyelet", obs="state", deployment=Deployment(latency=4, observation_delay=0))
    assert [env.delay for env in (plain, deployed, slow)] == [0, 3, 4]
    assert isinstance(plain, Delayed)
