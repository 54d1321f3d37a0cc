"""Steering: the bound on noise, what is distilled, what learns and what does not, and the file."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from observations import TINY, awaken, states
from resuming import assert_goes_on

from lacelab.agents.networks import ChunkTransformer
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.training.loop import generators
from lacelab.agents.training.steering import Steered, Steering, SteeringConfig, hinge, load_steered


@pytest.fixture
def learner(start: Any) -> Steering:
    """Return a learner between random networks."""
    config = SteeringConfig(batch=8, learning_rate=1e-2, spread=0.0)
    return Steering(config, start.policy, start.critic, start.head, (start.buffer, start.buffer))


@given(st.integers(1, 500), st.floats(0, 3), st.floats(0, 5))
def test_noise_costs_nothing_below_the_bound(dimensions: int, bound: float, beyond: float) -> None:
    edge = dimensions / 2 + bound * (dimensions / 2) ** 0.5
    size = torch.tensor([0.0, edge, edge + beyond], dtype=torch.float64)
    assert hinge(size, dimensions, bound).tolist() == pytest.approx([0.0, 0.0, beyond], abs=1e-9)


def test_the_bound_counts_deviations_of_gaussian_noise() -> None:
    size = torch.randn(20_000, 42, generator=torch.Generator().manual_seed(0)).square().sum(dim=1) / 2
    share = [(hinge(size, 42, bound) > 0).double().mean().item() for bound in (0.0, 1.0, 3.0)]
    assert share == pytest.approx([0.47, 0.16, 0.005], abs=0.01)  # of a chi-squared with 42 degrees of freedom


def test_the_gradient_of_the_bound_leads_inwards() -> None:
    noise = torch.tensor([[3.0, 4.0], [0.5, 0.0]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda eps: hinge(eps.square().sum(1) / 2, 2, 1.0), (noise,))
    hinge(noise.square().sum(1) / 2, 2, 1.0).sum().backward()
    assert noise.grad is not None and noise.grad.tolist() == [[3.0, 4.0], [0.0, 0.0]]


def test_the_policy_is_frozen_and_all_else_learns(learner: Steering) -> None:
    parts = {
        "policy": learner._policy,
        "critic": learner.critic.critics,
        "target": learner.target.critics,
        "predictor": learner.predictor,
        "noise critics": learner.noise_critics,
    }
    before = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}

    def changed() -> set[str]:
        return {
            name
            for name, part in parts.items()
            if any(not torch.equal(value, before[name][key]) for key, value in part.state_dict().items())
        }

    learner.update_critics(*generators(0, 0))
    assert changed() == {"critic", "target", "noise critics"}
    for step in (1, 2):
        metrics = learner.update(*generators(0, step))
        assert all(np.isfinite(float(value)) for value in metrics.values())
    assert changed() == {"critic", "target", "noise critics", "predictor"}


def test_what_is_distilled(learner: Steering) -> None:
    """Cross-entropy with the mean of the critics' distributions of the actions that the noise leads to."""
    batch = learner.buffers[0].draw(np.random.default_rng(0), 4, 0.0, torch.device("cpu"))
    context = learner._policy.context(batch.now.observation)
    eps = learner._mixed_noise(context, torch.Generator().manual_seed(5))
    with torch.no_grad():
        loss = learner._distillation_loss(batch, context, torch.Generator().manual_seed(5))
        judged = learner.target.judge(
            learner.target.context(batch.now.observation), learner._policy.decode(context, eps)
        )
        target = torch.softmax(judged[:, :, -1], dim=-1).mean(dim=0)
        logits = [torch.log_softmax(critic(context, eps)[:, -1], dim=-1) for critic in learner.noise_critics]
    wanted = -torch.stack([(target * each).sum(-1) for each in logits]).mean()
    torch.testing.assert_close(loss, wanted)


def test_noises_are_compared_within_states(learner: Steering) -> None:
    by_noise, by_actions = learner.compare(states(4), 3, torch.Generator().manual_seed(0))
    assert by_noise.shape == by_actions.shape == (4, 3)
    assert np.ptp(by_actions, axis=1).min() > 0
    again, _ = learner.compare(states(4), 3, torch.Generator().manual_seed(0))
    assert np.array_equal(by_noise, again)


def test_half_of_the_noise_is_drawn(learner: Steering) -> None:
    """A predictor of zeros shows which half is its own."""
    context = learner._policy.context(states(400))
    noise = learner._mixed_noise(context, torch.Generator().manual_seed(0))
    drawn = noise.flatten(1).any(dim=1)
    assert 0.4 < drawn.float().mean() < 0.6
    assert noise[drawn].std().item() == pytest.approx(1.0, abs=0.05)


def test_the_gradient_of_steering_by_finite_differences(learner: Steering) -> None:
    """Of the loss by one weight of the predictor: it climbs the lowest noise critic."""
    predictor = learner.predictor
    awaken(learner.noise_critics)
    awaken(predictor, seed=2)
    context = learner._policy.context(states(3))
    weight = predictor.chunk.bias
    learner._steering_loss(context, torch.Generator())[0].backward()
    assert weight.grad is not None
    entry = int(weight.grad.abs().argmax())
    losses = []
    for sign in (1, -1):
        with torch.no_grad():
            weight[entry] += sign * 1e-2
            losses.append(learner._steering_loss(context, torch.Generator())[0].item())
            weight[entry] -= sign * 1e-2
    assert (losses[0] - losses[1]) / 2e-2 == pytest.approx(weight.grad[entry].item(), rel=0.05)
    assert all(weight.grad is None for weight in learner.noise_critics.parameters())


def test_policy_and_predictor_come_back_together(learner: Steering, tmp_path: Path) -> None:
    awaken(learner.predictor)
    path = tmp_path / "steered.safetensors"
    learner.save(path)
    policy, predictor, spread, aware, _ = load_steered(path)
    assert spread == 0.0 and aware
    context = policy.context(states(2))
    assert torch.equal(predictor(context), learner.predictor(learner._policy.context(states(2))))
    noise = predictor(context)
    assert torch.equal(policy.decode(context, noise), learner._policy.decode(context, noise))
    assert not any(weight.requires_grad for weight in (*policy.parameters(), *predictor.parameters()))


def test_an_untrained_predictor_leaves_the_policy_as_it_is_if_noise_is_drawn_around_it() -> None:
    torch.manual_seed(0)
    policy = PolicyNetwork(TINY).eval()
    context, drawn = policy.context(states(2)), torch.randn(2, TINY.chunk, 14)
    steered = Steered(policy, ChunkTransformer(TINY), spread=1.0)
    assert torch.equal(steered.noise(context, drawn), drawn)
    awaken(steered.predictor)
    torch.testing.assert_close(steered.noise(context, drawn) - drawn, steered.predictor(context))


def test_state_goes_on(learner: Steering) -> None:
    assert_goes_on(learner)
