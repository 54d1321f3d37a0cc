"""What the outputs of a critic mean."""

import pytest
import torch

from lacelab.agents.value_heads import find_head
from lacelab.envs.exceptions import UnknownNameError


def test_a_distribution() -> None:
    head = find_head("categorical", 5)
    outputs = torch.log(torch.tensor([[0.5, 0.0, 0.0, 0.0, 0.5]]) + 1e-12)
    assert head.outputs == 5 and head.value(outputs).item() == pytest.approx(0.5)
    backed = head.backup(outputs, torch.tensor([0.1]), torch.tensor([0.5]))
    torch.testing.assert_close(backed, torch.tensor([[0.3, 0.2, 0.3, 0.2, 0.0]]))
    torch.testing.assert_close(head.distil(outputs), torch.tensor([[0.5, 0.0, 0.0, 0.0, 0.5]]))
    assert head.loss(torch.zeros(1, 5), backed).item() == pytest.approx(1.6094379)


def test_one_number() -> None:
    head = find_head("scalar", 5)
    outputs = torch.tensor([[0.5], [1.5], [-1.0]])
    assert head.outputs == 1 and head.value(outputs).tolist() == [0.5, 1.0, 0.0]
    backed = head.backup(outputs, torch.tensor([0.0, 0.0, 0.3]), torch.tensor([0.5, 0.5, 0.0]))
    torch.testing.assert_close(backed, torch.tensor([[0.25], [0.5], [0.3]]))
    assert head.distil(outputs).flatten().tolist() == [0.5, 1.0, 0.0]
    assert head.loss(torch.tensor([[0.5]]), torch.tensor([[0.2]])).item() == pytest.approx(0.09)


def test_no_such_head() -> None:
    with pytest.raises(UnknownNameError, match="Unknown value head 'gaussian'.*categorical.*scalar"):
        find_head("gaussian", 5)
