"""Learning rates over time."""

import pytest
import torch

from lacelab.agents.schedules import warm_cosine


def test_rises_and_falls() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 2.0)
    schedule = warm_cosine(optimizer, 300)
    rates = []
    for _ in range(301):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert rates[0] == pytest.approx(0.02) and rates[49] == pytest.approx(1.0)
    assert max(rates) == rates[99] == rates[100] == 2.0
    assert rates[200] == pytest.approx(1.0) and rates[300] == pytest.approx(0.0)
