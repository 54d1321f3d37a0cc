"""How a learned policy holds back its hands."""

from pathlib import Path

import numpy as np
import pytest
from observations import TINY

from lacelab.agents import checkpoint
from lacelab.agents.learned import LearnedPolicy, load_learned
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.training.cloning import HANDING_OVER, KIND, WAITING
from lacelab.envs.deployment import GRIPPERS, Deployment
from lacelab.envs.spec import ACTION_SIZE

_MODE = Deployment(latency=1)


@pytest.mark.parametrize(
    ("kind", "deployment", "at_once"),
    [(KIND, _MODE, False), (HANDING_OVER, _MODE, False), (WAITING, _MODE, True), (KIND, None, True)],
)
def test_only_one_that_waits_by_itself_closes_at_once_in_the_deployment_mode(
    kind: str, deployment: Deployment | None, at_once: bool, tmp_path: Path
) -> None:
    policy = _policy(kind, deployment, tmp_path)
    policy.reset(0)
    closing = np.zeros((3, ACTION_SIZE), np.float32)
    closing[1:, GRIPPERS] = -1.0
    assert (policy.sent(closing)[:, GRIPPERS].min() == -1.0) == at_once


@pytest.mark.parametrize(("kind", "held"), [(KIND, False), (HANDING_OVER, True)])
def test_only_one_that_hands_over_keeps_hold_until_the_other_hand_has_closed(
    kind: str, held: bool, tmp_path: Path
) -> None:
    policy = _policy(kind, _MODE, tmp_path)
    policy.reset(0)
    left, right = np.flatnonzero(GRIPPERS)
    actions = np.zeros((3, ACTION_SIZE), np.float32)
    actions[:, left], actions[:, right] = [-1.0, -1.0, 0.4], [0.4, -1.0, -1.0]
    assert (policy.sent(actions)[2, left] == -1.0) == held


def _policy(kind: str, deployment: Deployment | None, folder: Path) -> LearnedPolicy:
    path = folder / "policy.safetensors"
    checkpoint.save_weights(path, kind, {"network": vars(TINY)}, PolicyNetwork(TINY).state_dict())
    return load_learned(path, deployment)
