"""Muon and AdamW side by side."""

import copy

import pytest
import torch
from torch import nn

from lacelab.agents.training.descent import Descent


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 6), nn.LayerNorm(6), nn.Linear(6, 4))


def _weight(network: nn.Sequential) -> torch.Tensor:
    return network.get_parameter("0.weight")


def _vector(network: nn.Sequential) -> torch.Tensor:
    return network.get_parameter("0.bias")


def _scale(network: nn.Sequential) -> torch.Tensor:
    return network.get_parameter("1.weight")


def _descend(descent: Descent, network: nn.Module, steps: int) -> None:
    for _ in range(steps):
        descent.forget()
        network(torch.eye(8)).square().sum().backward()
        descent.step()


def test_a_matrix_moves_by_a_nearly_orthogonal_step_of_the_scale_of_adamw() -> None:
    network = _network()
    before = _weight(network).detach().clone()
    _descend(Descent(network, 0.0, 1.0, 0.0, steps=10), network, 1)
    step = (_weight(network) - before).detach()
    singular = torch.linalg.svdvals(step)[:5]  # the norm behind takes one direction out
    assert singular.max() < 2.0 * singular.min()
    # One step of the warm-up is a hundredth of the rate; 0.2 is the usual size of an entry of a step of AdamW.
    assert step.square().mean().sqrt() == pytest.approx(0.01 * 0.2, rel=0.4)


def test_vectors_move_as_under_adamw() -> None:
    network, other = _network(), _network()
    _descend(Descent(network, 1.0, 0.0, 0.0, steps=10), network, 1)
    plain = torch.optim.AdamW(other.parameters(), 0.01, weight_decay=0.0)
    other(torch.eye(8)).square().sum().backward()
    plain.step()
    assert torch.equal(_vector(network), _vector(other))
    assert torch.equal(_scale(network), _scale(other))
    assert not torch.equal(_weight(network), _weight(other))


def test_weights_that_do_not_learn_stay() -> None:
    network = _network()
    _weight(network).requires_grad = False
    before = _weight(network).clone()
    _descend(Descent(network, 1.0, 1.0, 0.0, steps=10), network, 2)
    assert torch.equal(_weight(network), before)


def test_both_rates_end_at_zero() -> None:
    network = _network()
    descent = Descent(network, 1.0, 1.0, 0.0, steps=150)
    _descend(descent, network, 150)
    assert descent.learning_rate == 0.0
    assert [schedule.get_last_lr() for schedule in descent._schedules] == [[0.0], [0.0]]


def test_goes_on_from_a_saved_state_as_if_nothing_had_happened() -> None:
    network = _network()
    descent = Descent(network, 0.1, 0.1, 1e-4, steps=20)
    _descend(descent, network, 5)
    other = copy.deepcopy(network)
    resumed = Descent(other, 0.1, 0.1, 1e-4, steps=20)
    resumed.load_state_dict(copy.deepcopy(descent.state_dict()))
    _descend(descent, network, 5)
    _descend(resumed, other, 5)
    for one, two in zip(network.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, two)
