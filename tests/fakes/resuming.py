"""A kill in the middle of training, without a kill."""

import copy

import torch

from lacelab.agents.training.loop import Learner, generators


def assert_goes_on(learner: Learner) -> None:
    """Load a state into a learner that has not learned yet: two steps later all weights and averages are the same."""
    fresh = copy.deepcopy(learner)
    learner.update(*generators(0, 0))
    fresh.load(copy.deepcopy(learner.state()))
    for step in (1, 2):
        learner.update(*generators(0, step))
        fresh.update(*generators(0, step))
    first, second = _weights(learner), _weights(fresh)
    assert first and first.keys() == second.keys()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def _weights(learner: Learner) -> dict[str, torch.Tensor]:
    state = learner.state()
    return {
        f"{part}.{name}": value
        for part, entries in state.items()
        for name, value in entries.items()
        if isinstance(value, torch.Tensor)
    }
