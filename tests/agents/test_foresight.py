"""What is foreseen, and what then happens."""

import numpy as np
import pytest
import torch
from observations import TINY, awaken, states

from lacelab.agents.foresight import Foresight
from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.policies import Deployed
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.envs.deployment import MOTIONS, Deployment
from lacelab.envs.exceptions import ParameterError
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import ACTION_SIZE

_STEADY = Deployment(latency=2, observation_delay=1)


def _actions(ticks: int) -> np.ndarray:
    """Return slow motions of both hands, grippers as at the start."""
    waves = 0.3 * np.sin(0.4 * np.arange(ticks)[:, None] + np.arange(ACTION_SIZE))
    waves[:, 6::7] = 0.6
    return waves.astype(np.float32)


@pytest.mark.parametrize("latency", [1, 2, 3])
def test_the_hands_come_to_rest_where_it_foresaw_them_though_another_latency_was_expected(latency: int) -> None:
    env = LacingEnv("ThreadEyelet", obs="state", deployment=Deployment(latency=latency))
    seen, _ = env.reset(seed=0)
    foresight = Foresight(_STEADY)
    rest = np.zeros((1, ACTION_SIZE), np.float32)
    for action in _actions(12)[:, None]:
        foresight(seen)
        foresight.sent(action)
        seen, *_ = env.step(action[0])
    foreseen = foresight(seen)
    moved = np.abs(foreseen["target_position"] - seen["target_position"]).max()
    rest[0, 6::7] = 0.6
    for _ in range(12):
        seen, *_ = env.step(rest[0])
    assert moved > 0.003
    np.testing.assert_allclose(foreseen["target_position"], seen["target_position"], atol=2e-5)
    np.testing.assert_allclose(foreseen["target_rotation"], seen["target_rotation"], atol=1e-3)


def test_nothing_is_foreseen_before_anything_is_sent_and_after_a_reset() -> None:
    observation = {name: value[0].numpy() for name, value in states(1).items()}
    foresight = Foresight(_STEADY)
    for _ in range(2):
        assert foresight(observation) == observation
        foresight.sent(_actions(3))
        assert not np.allclose(foresight(observation)["target_position"], observation["target_position"])
        foresight.reset()


def test_without_a_deployment_mode_the_present_is_seen() -> None:
    observation = {name: value[0].numpy() for name, value in states(1).items()}
    foresight = Foresight(None)
    foresight.sent(_actions(3))
    assert foresight(observation) == observation


def test_what_cameras_see_stays_as_it_is() -> None:
    observation = {"head": np.zeros((4, 4, 3), np.uint8), "gripper_opening": np.zeros(2, np.float32)}
    foresight = Foresight(_STEADY)
    for _ in range(2):
        assert foresight(observation) == observation
        foresight.sent(_actions(3))


def test_a_latency_that_is_drawn_is_not_known() -> None:
    with pytest.raises(ParameterError, match="latency.*None.*number of ticks"):
        Foresight(Deployment())


def test_the_environment_tells_what_is_known_of_its_deployment() -> None:
    plain = LacingEnv("ThreadEyelet", obs="state")
    deployed = LacingEnv("ThreadEyelet", obs="state", deployment=Deployment())
    slow = LacingEnv("ThreadEyelet", obs="state", deployment=Deployment(latency=4))
    assert isinstance(plain, Deployed)
    assert plain.known_deployment is None
    assert deployed.known_deployment == Deployment(latency=2)
    assert slow.known_deployment == Deployment(latency=4)


def test_a_learned_policy_acts_on_what_it_foresees() -> None:
    network = PolicyNetwork(TINY).eval()
    awaken(network)
    torch.nn.init.normal_(network.transformer.velocity.weight, std=0.2)
    torch.nn.init.zeros_(network.transformer.velocity.bias)
    observation = {name: value[0].numpy() for name, value in states(1).items()}
    noise = np.zeros((TINY.chunk, ACTION_SIZE), np.float32)
    blind, seeing = LearnedPolicy(network), LearnedPolicy(network, deployment=_STEADY)
    for policy in (blind, seeing):
        policy.reset(0)
    first, later = (np.stack([policy.act(observation, noise) for policy in (blind, seeing)]) for _ in range(2))
    np.testing.assert_array_equal(first[0][:, MOTIONS], first[1][:, MOTIONS])
    ahead = LearnedPolicy(network)
    ahead.reset(0)
    assert not np.array_equal(ahead.act_ahead(observation, _actions(3)), first[0])
    assert not np.array_equal(later[0][:, MOTIONS], later[1][:, MOTIONS])
