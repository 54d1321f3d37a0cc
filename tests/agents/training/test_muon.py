"""Muon, beside that of PyTorch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from lacelab.agents.training import muon
from lacelab.agents.training.muon import Muon, orthogonalised

_RATE, _DECAY = 0.02, 0.1


def _moved(optimizer: torch.optim.Optimizer, weight: nn.Parameter, steps: int) -> Tensor:
    numbers = torch.Generator().manual_seed(1)
    for _ in range(steps):
        weight.grad = torch.randn(weight.shape, generator=numbers)
        optimizer.step()
    return weight.detach()


def _both(shape: tuple[int, int], steps: int) -> tuple[Tensor, Tensor]:
    """Return a matrix after steps of our optimiser and of PyTorch's."""
    start = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    other = torch.optim.Muon([theirs], _RATE, _DECAY, ns_steps=3, adjust_lr_fn="match_rms_adamw")
    return _moved(Muon([ours], _RATE, _DECAY), ours, steps), _moved(other, theirs, steps)


@pytest.mark.parametrize("shape", [(8, 6), (6, 8), (5, 5)])
def test_in_bfloat16_it_is_that_of_pytorch_to_the_bit(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(muon, "calculates_in_bfloat16", lambda: True)
    ours, theirs = _both(shape, steps=4)
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("shape", [(8, 6), (6, 8)])
def test_in_single_precision_it_differs_by_rounding(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(muon, "calculates_in_bfloat16", lambda: False)
    ours, theirs = _both(shape, steps=1)
    assert not torch.equal(ours, theirs)
    torch.testing.assert_close(ours, theirs, atol=0.02 * _RATE, rtol=0.0)


def test_matrices_without_a_gradient_stay() -> None:
    weight = nn.Parameter(torch.ones(3, 2))
    Muon([weight], _RATE, _DECAY).step()
    assert torch.equal(weight, torch.ones(3, 2))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
def test_directions_stay_and_their_sizes_follow_the_polynomial(rows: int, columns: int, seed: int) -> None:
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    before = matrix.clone()
    left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
    sizes = sizes / sizes.norm()
    for _ in range(3):
        sizes = 3.4445 * sizes - 4.7750 * sizes**3 + 2.0315 * sizes**5
    torch.testing.assert_close(orthogonalised(matrix, torch.float64), left @ sizes.diag() @ right)
    assert torch.equal(matrix, before)
