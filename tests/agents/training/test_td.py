"""Chunked temporal differences against literal numbers."""

from typing import Any, cast

import numpy as np
import pytest
import torch
from observations import TINY, awaken, states
from torch import Tensor, nn

from lacelab.agents.critic_network import CriticNetwork, pessimistic
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.progress import critic_progress, symmetric_progress
from lacelab.agents.returns import Visits
from lacelab.agents.training.loop import generators
from lacelab.agents.training.samples import Samples, to_tensors
from lacelab.agents.training.td import CriticConfig, TemporalDifference, backup, chunk_loss, follow, frozen
from lacelab.agents.training.transitions import Transition, Transitions
from lacelab.agents.value_heads import Categorical, Scalar


class Judge:
    """A critic whose outputs are given: (critics, batch, chunk, outputs)."""

    def __init__(self, outputs: Tensor) -> None:
        self._outputs = outputs

    def judge(self, context: Any, actions: Tensor) -> Tensor:
        """Return them."""
        return self._outputs


def _transition(reward: list[float], discount: list[float]) -> Transition:
    nothing = cast(Samples, None)
    return Transition(nothing, nothing, torch.tensor(reward), torch.tensor(discount))


def test_the_more_pessimistic_critic_of_each_sample() -> None:
    outputs = torch.arange(12.0).reshape(2, 3, 2)
    lowest = pessimistic(outputs, torch.tensor([[0.1, 0.5, 0.3], [0.2, 0.4, 0.1]]))
    assert lowest.tolist() == [[0.0, 1.0], [8.0, 9.0], [10.0, 11.0]]


def test_a_backup_takes_the_lowest_value_of_the_whole_chunk() -> None:
    outputs = torch.zeros(2, 2, 3, 1)
    outputs[0, :, -1, 0], outputs[1, :, -1, 0] = torch.tensor([0.8, 0.2]), torch.tensor([0.6, 0.9])
    target = backup(Scalar(), cast(CriticNetwork, Judge(outputs)), [], torch.zeros(2, 3, 14),
                    _transition([0.0, 0.1], [0.5, 0.25]))  # fmt: skip
    torch.testing.assert_close(target, torch.tensor([[0.3], [0.15]]))


def test_a_backup_of_distributions() -> None:
    outputs = torch.full((2, 1, 3, 5), -1e4)
    outputs[0, 0, -1, 4] = outputs[1, 0, -1, 2] = 0.0
    target = backup(Categorical(5), cast(CriticNetwork, Judge(outputs)), [], torch.zeros(1, 3, 14),
                    _transition([0.0], [0.9]))  # fmt: skip
    torch.testing.assert_close(target, torch.tensor([[0.0, 0.2, 0.8, 0.0, 0.0]]))  # 0.45 of steps of 0.25


def test_all_actions_of_a_chunk_share_its_target() -> None:
    outputs = torch.tensor([[[[1.0], [0.5], [2.5]]], [[[0.0], [0.0], [0.5]]]])
    loss = chunk_loss(Scalar(), outputs, torch.tensor([[0.5]]))
    assert loss.item() == pytest.approx((0.25 + 0.0 + 4.0 + 0.25 + 0.25 + 0.0) / 6)


def test_following() -> None:
    slow, fast = nn.Linear(2, 2), nn.Linear(2, 2)
    before, ahead = slow.weight.detach().clone(), fast.weight.detach().clone()
    follow(slow, fast, 0.25)
    torch.testing.assert_close(slow.weight.detach(), 0.75 * before + 0.25 * ahead)
    assert torch.equal(fast.weight.detach(), ahead)
    follow(slow, fast, 1.0)
    assert torch.equal(slow.weight, fast.weight)


def test_frozen_weights_get_no_gradient_but_inputs_do() -> None:
    module, inputs = nn.Linear(3, 1), torch.randn(2, 3, requires_grad=True)
    output = frozen(module, inputs)
    assert torch.equal(output, module(inputs))
    output.sum().backward()
    assert module.weight.grad is None and inputs.grad is not None
    torch.testing.assert_close(inputs.grad, module.weight.detach().expand(2, 3))


def test_two_critics_that_differ_and_an_actor_within_limits() -> None:
    network = CriticNetwork(TINY, 11)
    context, chunks = network.context(states(2)), torch.zeros(2, 3, 14)
    outputs = network.judge(context, chunks)
    assert outputs.shape == (2, 2, 3, 11) and not torch.allclose(outputs[0], outputs[1])
    assert not network.act(context).any()
    awaken(network)
    actions = network.act(network.context(states(2)))
    assert actions.shape == (2, 3, 14) and 0 < actions.abs().max() <= 1.0
    assert np.isfinite(actions.detach().numpy()).all()


def test_the_last_frames_are_worth_what_success_is(reader: ChunkReader) -> None:
    """Chunks that reach beyond the end of an episode are judged as a whole, so that no progress falls there."""
    rows = np.arange(9, 12)
    ends = [
        Visits(rows, np.full(3, 12), np.ones(3, np.float32)),
        Visits(rows + 24, np.full(3, 36), np.zeros(3, np.float32)),
    ]
    chosen = Visits(*(np.concatenate(column) for column in zip(*ends, strict=True)))
    config = CriticConfig(batch=16, learning_rate=1e-2, gamma=0.9, network=TINY)
    learner = TemporalDifference(config, Transitions(reader, chosen, TINY.chunk, gamma=0.9))
    for step in range(60):
        learner.update(*generators(0, step))
    values = critic_progress(learner.network, learner.head, reader)
    assert values[rows].tolist() == pytest.approx([0.81, 0.9, 1.0], abs=0.1)
    assert values[rows + 24].max() < 0.1


def test_a_frame_and_its_mirror_image_have_one_progress(reader: ChunkReader) -> None:
    torch.manual_seed(0)
    network, head = CriticNetwork(TINY, 11), Categorical(11)
    awaken(network)
    network.requires_grad_(requires_grad=False)
    frames = np.arange(len(reader.arrays))
    ways = []
    for flag in (False, True):
        samples = to_tensors(reader.read(frames, np.full(len(frames), flag)), torch.device("cpu"))
        outputs = network.judge(network.context(samples.observation), samples.actions)
        ways.append(head.value(outputs[:, :, -1]).mean(dim=0).numpy())
    assert not np.allclose(*ways)
    np.testing.assert_allclose(critic_progress(network, head, reader, mirrored=True), ways[1], atol=1e-5)
    np.testing.assert_allclose(symmetric_progress(network, head, reader), (ways[0] + ways[1]) / 2, atol=1e-5)
