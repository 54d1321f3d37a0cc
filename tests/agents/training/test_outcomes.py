"""A critic of outcomes."""

import numpy as np
import pytest
import torch
from observations import TINY
from synthetic_frames import synthetic_rows

from lacelab.agents.critic_network import CriticNetwork
from lacelab.agents.data.schema import ACTION
from lacelab.agents.returns import ENDLESS
from lacelab.agents.rollouts import Rollout, as_reader
from lacelab.agents.training.outcomes import Outcomes, OutcomesConfig
from lacelab.agents.training.transitions import Transitions
from lacelab.agents.value_heads import Categorical
from lacelab.envs.exceptions import ParameterError


def _rollout(success: bool, seed: int) -> Rollout:
    """Return an episode in which more is wanted where it succeeds."""
    frames = synthetic_rows(12, np.random.default_rng(seed))
    frames[ACTION][:] = 0.5 if success else -0.5
    return Rollout(frames, np.float32(success) * np.eye(12, dtype=np.float32)[-1], 5)


def test_it_learns_the_share_of_episodes_that_succeed() -> None:
    torch.manual_seed(0)
    rollouts = [_rollout(success, seed) for seed, success in enumerate([True, True, True, False])]
    reader, visits = as_reader(rollouts, TINY.chunk)
    head = Categorical(TINY.bins)
    critic = CriticNetwork(TINY, head.outputs)
    config = OutcomesConfig(steps=150, batch=32, learning_rate=1e-2, mirror=0.0)
    learner = Outcomes(config, critic, head, Transitions(reader, visits, ENDLESS, 1.0))
    losses = [
        learner.update(np.random.default_rng(step), torch.Generator().manual_seed(step))["outcome_loss"]
        for step in range(config.steps)
    ]
    drawn = Transitions(reader, visits, ENDLESS, 1.0).draw(np.random.default_rng(0), 64, 0.0, torch.device("cpu"))
    with torch.no_grad():
        judged = critic.judge(critic.context(drawn.now.observation), drawn.now.actions[:, : TINY.chunk])
    value = head.value(judged[:, :, -1]).mean(dim=0)
    assert value[drawn.reward == 1].mean() > 0.9 and value[drawn.reward == 0].mean() < 0.1
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("name", ["steps", "batch"])
def test_numbers_that_cannot_be_learned_with(name: str) -> None:
    with pytest.raises(ParameterError, match=f"{name} is 0. Valid: a whole number from 1"):
        OutcomesConfig(**{name: 0})
