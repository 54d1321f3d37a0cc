"""A copy that calculates in bfloat16 trains the network that keeps its weights whole."""

import pytest
import torch
from torch import nn

from lacelab.agents.training import low_precision
from lacelab.agents.training.low_precision import Shadow


@pytest.fixture
def master() -> nn.Linear:
    torch.manual_seed(0)
    layer = nn.Linear(8, 4)
    layer.bias.requires_grad = False
    layer.register_buffer("scale", torch.tensor(0.123456789))
    return layer


def test_only_what_learns_is_copied_in_bfloat16(master: nn.Linear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(low_precision, "calculates_in_bfloat16", lambda: True)
    copy = Shadow(master).network
    assert copy is not master and master.weight.dtype == torch.float32
    assert copy.weight.dtype == torch.bfloat16 and copy.bias.dtype == torch.float32
    assert torch.equal(copy.get_buffer("scale"), master.get_buffer("scale"))


def test_gradients_come_back_and_weights_go_out(master: nn.Linear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(low_precision, "calculates_in_bfloat16", lambda: True)
    shadow, inputs = Shadow(master), torch.randn(16, 8)
    exact = torch.autograd.grad((inputs @ master.weight.T).square().mean(), master.weight)[0]
    (inputs.bfloat16() @ shadow.network.weight.T).float().square().mean().backward()
    shadow.pull()
    assert master.weight.grad is not None and master.weight.grad.dtype == torch.float32
    torch.testing.assert_close(master.weight.grad, exact, rtol=0.03, atol=0.01)
    assert shadow.network.weight.grad is None
    with torch.no_grad():
        master.weight.add_(1.0)
    shadow.push()
    assert torch.equal(shadow.network.weight, master.weight.bfloat16())


def test_elsewhere_the_network_itself_calculates(master: nn.Linear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(low_precision, "calculates_in_bfloat16", lambda: False)
    shadow = Shadow(master)
    assert shadow.network is master
    master.weight.grad = torch.ones_like(master.weight)
    shadow.pull()
    shadow.push()
    assert torch.equal(master.weight.grad, torch.ones_like(master.weight))
