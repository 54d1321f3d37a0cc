"""How a learned policy holds back its hands."""

import numpy as np
import pytest
from observations import TINY

from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.envs.deployment import GRIPPERS, Deployment
from lacelab.envs.spec import ACTION_SIZE


@pytest.mark.parametrize("deployment", [None, Deployment(latency=1)])
@pytest.mark.parametrize("waits", [False, True])
def test_one_that_waits_by_itself_is_not_held_back(waits: bool, deployment: Deployment | None) -> None:
    policy = LearnedPolicy(PolicyNetwork(TINY), deployment=deployment, waits=waits)
    policy.reset(0)
    closing = np.zeros((3, ACTION_SIZE), np.float32)
    closing[1:, GRIPPERS] = -1.0
    assert (policy.sent(closing)[:, GRIPPERS].min() == -1.0) == waits
