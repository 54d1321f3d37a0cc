"""Flow matching against closed forms."""

import numpy as np
import pytest
import torch
from observations import TINY, awaken, states
from torch import Tensor

from lacelab.agents import flow
from lacelab.agents.companding import KNEE
from lacelab.agents.policy_network import PolicyNetwork


def test_paths_are_straight() -> None:
    noise, actions = torch.tensor([[[1.0, -2.0]]] * 3), torch.tensor([[[5.0, 0.0]]] * 3)
    points = flow.interpolate(noise, actions, torch.tensor([0.0, 0.25, 1.0]))
    assert points.tolist() == [[[1.0, -2.0]], [[2.0, -1.5]], [[5.0, 0.0]]]
    assert flow.target_velocity(noise, actions)[0].tolist() == [[4.0, 2.0]]


def test_the_loss_is_the_weighted_squared_error() -> None:
    noise, actions = torch.zeros(1, 2, 2), torch.ones(1, 2, 2)
    predicted = torch.tensor([[[1.0, 3.0], [100.0, 100.0]]])
    assert flow.flow_loss(predicted, noise, actions, torch.tensor([[1.0, 0.0]])) == 2.0
    assert flow.flow_loss(predicted, noise, actions, torch.tensor([[1.0, 1.0]])) == (2.0 + 99.0**2) / 2
    assert flow.flow_loss(predicted, noise, actions, torch.zeros(1, 2)) == 0.0
    assert flow.flow_loss(actions - noise, noise, actions, torch.ones(1, 2)) == 0.0


@pytest.mark.parametrize("steps", [1, 5, 7])
def test_a_constant_flow_is_integrated_exactly(steps: int) -> None:
    noise, velocity = torch.randn(3, 2, 4, dtype=torch.float64), torch.randn(3, 2, 4, dtype=torch.float64)
    ends = flow.integrate(lambda point, time: velocity, noise, steps)
    torch.testing.assert_close(ends, noise + velocity)


@pytest.mark.parametrize("steps", [1, 5])
def test_the_flow_to_one_point_ends_there(steps: int) -> None:
    goal, noise = torch.tensor([[[0.3, -0.7]]]), torch.randn(4, 1, 2)

    def velocity(point: Tensor, time: Tensor) -> Tensor:
        return (goal - point) / (1.0 - time[:, None, None])

    torch.testing.assert_close(flow.integrate(velocity, noise, steps), goal.expand(4, -1, -1))


def test_euler_on_a_linear_flow() -> None:
    ends = flow.integrate(lambda point, time: -2.0 * point, torch.ones(1, 1, 1, dtype=torch.float64), 5)
    assert ends.item() == pytest.approx((1 - 2 / 5) ** 5)
    times = []
    flow.integrate(lambda point, time: times.append(time[0].item()) or point, torch.zeros(2, 1, 1), 4)
    assert times == [0.0, 0.25, 0.5, 0.75]


def test_the_same_noise_gives_the_same_actions() -> None:
    network = PolicyNetwork(TINY)
    awaken(network)
    context = network.context(states(2))
    noise = torch.randn(2, 3, 14, generator=torch.Generator().manual_seed(1))
    assert torch.equal(network.decode(context, noise), network.decode(context, noise))
    assert not torch.equal(network.decode(context, noise), network.decode(context, -noise))


def test_before_training_the_flow_stands_still_and_actions_are_scaled_and_clipped() -> None:
    network = PolicyNetwork(TINY)
    taken = torch.zeros(10, 14)
    taken[:, 0], taken[:, 7] = 0.3, -0.4
    network.set_scale(taken)
    companded = np.arcsinh([0.3 / KNEE, 0.4 / KNEE])
    assert network.scale[[0, 7]].tolist() == pytest.approx([np.sqrt(np.square(companded).mean())] * 2)
    assert network.scale[1:7].tolist() == pytest.approx([0.05] * 6)
    noise = torch.full((1, 3, 14), 10.0)
    chunk = network.decode(network.context(states(1)), noise)
    assert chunk[0, 0, [0, 1]].tolist() == pytest.approx([1.0, KNEE * np.sinh(0.5)])


def test_actions_follow_smoothly_from_the_noise() -> None:
    network = PolicyNetwork(TINY).double()
    awaken(network, seed=3)
    network.scale.fill_(0.01)
    context = network.context({name: value.double() if value.is_floating_point() else value
                               for name, value in states(1).items()})  # fmt: skip
    noise = torch.zeros(1, 3, 14, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda eps: network.decode(context, eps)[:, :1, :3], (noise,), fast_mode=True)
