"""Distillation: what is taught, what learns, that it is learned, and the file."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from observations import TINY, awaken
from resuming import assert_goes_on

from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.networks import ChunkTransformer
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.training.cloning import load_policy
from lacelab.agents.training.distillation import Distillation, DistillationConfig
from lacelab.agents.training.loop import generators
from lacelab.agents.training.samples import to_tensors
from lacelab.agents.training.steering import Steered


@pytest.fixture
def learner(reader: ChunkReader) -> Distillation:
    """Return a learner whose teacher starts every chunk from a noise of its own."""
    torch.manual_seed(0)
    policy, predictor = PolicyNetwork(TINY), ChunkTransformer(TINY)
    awaken(policy)
    awaken(predictor, seed=1)
    policy.eval().requires_grad_(requires_grad=False)
    teacher = Steered(policy, predictor.requires_grad_(requires_grad=False), spread=0.0)
    config = DistillationConfig(steps=150, batch=32, learning_rate=1e-2, average=0.9)
    return Distillation(config, teacher, copy.deepcopy(policy), reader)


def test_the_student_comes_to_do_what_the_teacher_does(learner: Distillation, reader: ChunkReader) -> None:
    batch = to_tensors(reader.read(np.arange(12), np.zeros(12, bool)), torch.device("cpu"))
    taught = learner._taught(batch.observation, torch.Generator())

    def distance() -> float:
        student = learner.averaged.module
        assert isinstance(student, PolicyNetwork)
        noise = torch.randn(taught.shape, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            found = student.decode(student.context(batch.observation), noise)
        return (found - taught).square().mean().sqrt().item()

    before = distance()
    for step in range(150):
        learner.update(*generators(0, step))
    assert distance() < before / 2


def test_only_the_action_transformer_of_the_student_learns(learner: Distillation) -> None:
    parts = {
        "teacher": learner._teacher.policy,
        "predictor": learner._teacher.predictor,
        "backbone": learner.network.backbone,
        "transformer": learner.network.transformer,
    }
    before = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
    learner.update(*generators(0, 0))
    changed = {
        name
        for name, part in parts.items()
        if any(not torch.equal(value, before[name][key]) for key, value in part.state_dict().items())
    }
    assert changed == {"transformer"}


def test_actions_that_were_carried_out_are_not_read(learner: Distillation, reader: ChunkReader) -> None:
    batch = to_tensors(reader.read(np.arange(4), np.zeros(4, bool)), torch.device("cpu"))
    taught = learner._taught(batch.observation, torch.Generator().manual_seed(3))
    teacher = learner._teacher
    context = teacher.policy.context(batch.observation)
    wanted = teacher.policy.decode(context, teacher.predictor(context))
    torch.testing.assert_close(taught, wanted)


def test_the_file_is_a_policy_like_any_other(learner: Distillation, tmp_path: Path) -> None:
    learner.update(*generators(0, 0))
    learner.save(tmp_path / "distilled.safetensors")
    found = load_policy(tmp_path / "distilled.safetensors").state_dict()
    assert all(torch.equal(value, found[name]) for name, value in learner.averaged.module.state_dict().items())


def test_state_goes_on(learner: Distillation) -> None:
    assert_goes_on(learner)


def test_the_average_is_part_of_the_state(learner: Distillation) -> None:
    assert set(learner.state()) == {"network", "averaged", "optimizer", "schedule"}
