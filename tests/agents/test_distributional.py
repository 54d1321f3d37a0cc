"""Categorical distributions against literal numbers, SciPy and the laws of probability."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lacelab.agents import distributional

unit = st.floats(0.0, 1.0)


@given(unit, st.integers(2, 60), st.floats(0.2, 3.0))
def test_hl_gauss_is_the_mass_of_a_truncated_gaussian(value: float, bins: int, smoothing: float) -> None:
    width = 1 / (bins - 1)
    edges = np.linspace(-width / 2, 1 + width / 2, bins + 1)
    normal = stats.norm(value, smoothing * width)
    wanted = np.diff(normal.cdf(edges)) / (normal.cdf(edges[-1]) - normal.cdf(edges[0]))
    got = distributional.hl_gauss(torch.tensor([value], dtype=torch.float64), bins, smoothing)
    np.testing.assert_allclose(got[0], wanted, atol=1e-9)


def test_hl_gauss_keeps_values_apart_from_the_ends() -> None:
    values = torch.linspace(0.1, 0.9, 9, dtype=torch.float64)
    histograms = distributional.hl_gauss(values)
    torch.testing.assert_close(distributional.mean(histograms.log()), values, atol=1e-4, rtol=0)
    beyond = distributional.hl_gauss(torch.tensor([-3.0, 0.0, 1.0, 7.0]))
    assert torch.equal(beyond[0], beyond[1]) and torch.equal(beyond[2], beyond[3])


def test_a_projection_by_hand() -> None:
    # Atoms 0, 1/4, ..., 1. 0.1 + 0.5 * (0, 1) = 0.1, 0.6 -> positions 0.4 and 2.4.
    given_mass = torch.tensor([[0.5, 0.0, 0.0, 0.0, 0.5]])
    got = distributional.project(given_mass, torch.tensor([0.1]), torch.tensor([0.5]))
    torch.testing.assert_close(got, torch.tensor([[0.3, 0.2, 0.3, 0.2, 0.0]]))


@pytest.mark.parametrize(("reward", "atom"), [(0.0, 0), (0.5, 2), (1.0, 4), (1.7, 4), (-0.3, 0)])
def test_an_end_is_certain(reward: float, atom: int) -> None:
    got = distributional.project(torch.full((1, 5), 0.2), torch.tensor([reward]), torch.zeros(1))
    torch.testing.assert_close(got[0], torch.eye(5)[atom])


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=40), unit, unit)
def test_projection_keeps_mass_and_mean(masses: list[float], reward: float, discount: float) -> None:
    probabilities = torch.tensor([masses], dtype=torch.float64)
    probabilities /= probabilities.sum()
    reward = reward * (1 - discount)  # nothing is cut off
    target = distributional.project(probabilities, torch.tensor([reward]).double(), torch.tensor([discount]).double())
    atoms = distributional.centres(len(masses)).double()
    assert target.min() >= 0 and target.sum().item() == pytest.approx(1)
    # float32 positions of atoms: 1e-6
    assert (target @ atoms).item() == pytest.approx(reward + discount * (probabilities @ atoms).item(), abs=1e-6)


def test_cross_entropy_of_literal_numbers() -> None:
    logits = torch.tensor([[0.0, math.log(3.0)]])
    assert distributional.cross_entropy(logits, torch.tensor([[1.0, 0.0]])).item() == pytest.approx(math.log(4))
    assert distributional.cross_entropy(logits, torch.tensor([[0.5, 0.5]])).item() == pytest.approx(
        math.log(4) - math.log(3) / 2
    )


def test_the_gradient_of_cross_entropy_is_the_difference_of_probabilities() -> None:
    logits = torch.randn(3, 7, requires_grad=True)
    target = torch.softmax(torch.randn(3, 7), dim=-1)
    distributional.cross_entropy(logits, target).sum().backward()
    torch.testing.assert_close(logits.grad, (torch.softmax(logits, -1) - target).detach())


def test_means() -> None:
    logits = torch.full((2, 3, 101), -1e4)
    logits[..., 37] = 0.0
    torch.testing.assert_close(distributional.mean(logits), torch.full((2, 3), 0.37))
    assert distributional.mean(torch.zeros(11)).item() == pytest.approx(0.5)
