"""Selection: which chunk is chosen, what learns and what does not, and the file."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from observations import TINY, states
from resuming import assert_goes_on

from lacelab.agents import flow, learned
from lacelab.agents.learned import load_learned
from lacelab.agents.training.loop import generators
from lacelab.agents.training.selection import Selecting, Selection, SelectionConfig, load_selecting
from lacelab.agents.value_heads import Categorical


@pytest.fixture
def learner(start: Any) -> Selection:
    """Return a learner between random networks."""
    config = SelectionConfig(batch=8, learning_rate=1e-2, candidates=5)
    return Selection(config, start.policy, start.critic, start.head, (start.buffer,))


def selecting(learner: Selection, draws: int = 5) -> Selecting:
    """Return what acts."""
    return Selecting(learner._policy, learner.target, Categorical(TINY.bins), draws)


@torch.no_grad()
def test_the_chunk_that_the_more_pessimistic_critic_values_most_is_chosen(learner: Selection) -> None:
    acting, seen = selecting(learner), states(1)
    drawn = torch.randn(5, TINY.chunk, 14, generator=torch.Generator().manual_seed(2))
    context = acting.policy.context(seen)
    chosen = acting.choose(seen, context, drawn)
    values = []
    for noise in drawn:
        actions = acting.policy.decode(context, flow.SPREAD * noise[None])
        outputs = acting.critic.judge(acting.critic.context(seen), actions)
        values.append(acting.head.value(outputs[:, 0, -1]).min().item())
    assert torch.equal(chosen, flow.SPREAD * drawn[int(np.argmax(values))][None])
    assert max(values) > min(values)


@torch.no_grad()
def test_what_is_never_carried_out_is_not_judged(learner: Selection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "EXECUTED", 2)
    acting, seen, context = selecting(learner), states(1), learner._policy.context(states(1))
    judged: list[torch.Tensor] = []
    original = acting.critic.judge
    monkeypatch.setattr(acting.critic, "judge", lambda *args: (judged.append(args[1]), original(*args))[1])
    drawn = torch.randn(5, TINY.chunk, 14)
    acting.choose(seen, context, drawn)
    whole = acting.policy.decode([shown.repeated(5) for shown in context], flow.SPREAD * drawn)
    assert torch.equal(judged[0], whole[:, :2]) and TINY.chunk == 3
    assert Selection(SelectionConfig(batch=8), learner._policy, learner.critic, learner._head, ()).offered(
        context, drawn[:1]
    ).shape == (1, 2, 14)


def test_one_candidate_is_the_policy_as_it_is(learner: Selection) -> None:
    seen, drawn = states(1), torch.randn(1, TINY.chunk, 14)
    chosen = selecting(learner, draws=1).choose(seen, learner._policy.context(seen), drawn)
    assert torch.equal(chosen, flow.SPREAD * drawn)


def test_the_policy_is_frozen_and_the_critic_learns(learner: Selection) -> None:
    parts = {"policy": learner._policy, "critic": learner.critic.critics, "target": learner.target.critics}
    before = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
    losses = [float(learner.update(*generators(0, step))["critic_loss"]) for step in range(30)]
    changed = {
        name
        for name, part in parts.items()
        if any(not torch.equal(value, before[name][key]) for key, value in part.state_dict().items())
    }
    assert changed == {"critic", "target"}
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_policy_and_critic_come_back_together(learner: Selection, tmp_path: Path) -> None:
    path = tmp_path / "selecting.safetensors"
    learner.update(*generators(0, 0))
    learner.save(path)
    found, own = load_selecting(path), selecting(learner)
    seen, drawn = states(1), torch.randn(5, TINY.chunk, 14)
    context = own.policy.context(seen)
    assert found.draws == 5
    assert torch.equal(found.choose(seen, context, drawn), own.choose(seen, context, drawn))
    assert not any(weight.requires_grad for weight in (*found.policy.parameters(), *found.critic.parameters()))


def test_it_acts_the_same_for_the_same_seed(learner: Selection, tmp_path: Path) -> None:
    learner.save(tmp_path / "selecting.safetensors")
    policy = load_learned(tmp_path / "selecting.safetensors")
    seen = {name: value[0].numpy() for name, value in states(1).items()}

    def chunks(seed: int) -> list[np.ndarray]:
        policy.reset(seed)
        return [policy.act(seen) for _ in range(3)]

    first, again, other = chunks(1), chunks(1), chunks(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_state_goes_on(learner: Selection) -> None:
    assert_goes_on(learner)
