"""How a learned policy holds back its hands."""

import numpy as np
import pytest
from observations import TINY

from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.envs.deployment import GRIPPERS, Deployment
from lacelab.envs.spec import ACTION_SIZE


@pytest.mark.parametrize(
    ("deployment", "waits", "at_once"),
    [(Deployment(latency=1), False, False), (Deployment(latency=1), True, True), (None, False, True)],
)
def test_only_one_that_waits_by_itself_closes_at_once_in_the_deployment_mode(
    deployment: Deployment | None, waits: bool, at_once: bool
) -> None:
    policy = LearnedPolicy(PolicyNetwork(TINY), deployment=deployment, waits=waits)
    policy.reset(0)
    closing = np.zeros((3, ACTION_SIZE), np.float32)
    closing[1:, GRIPPERS] = -1.0
    assert (policy.sent(closing)[:, GRIPPERS].min() == -1.0) == at_once
