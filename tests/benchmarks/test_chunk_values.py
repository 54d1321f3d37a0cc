"""Chunks that are drawn, and what critics hold of them."""

from pathlib import Path

import pytest
import torch
from observations import TINY, states
from tiny_run import write_untrained

from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.pipeline import CRITIC
from lacelab.agents.stage import POLICY
from lacelab.agents.training.cloning import load_policy
from lacelab.agents.training.selection import Selection, SelectionConfig
from lacelab.agents.training.td import load_critic
from lacelab.benchmarks.chunk_values import critics, drawn, values


def test_chunks_differ_within_a_state_and_are_those_of_the_generator(tmp_path: Path) -> None:
    write_untrained(tmp_path)
    policy = load_policy(tmp_path / "mirrored" / POLICY)
    with torch.no_grad():
        first, again = (drawn(policy, states(4), 3, torch.Generator().manual_seed(1)) for _ in range(2))
    assert first.shape == (4, 3, TINY.chunk, 14) and torch.equal(first, again)
    assert (first.std(dim=1) > 0).any(dim=(1, 2)).all()


def test_each_chunk_has_a_value_of_its_own(tmp_path: Path) -> None:
    write_untrained(tmp_path)
    [(name, judge)] = critics(tmp_path, ("selected",))
    chunks = torch.zeros(4, 3, TINY.chunk, 14)
    chunks[:, 1] = 0.5
    with torch.no_grad():
        found = values(judge, states(4), chunks)
        alone = values(judge, states(4), chunks[:, 1:2])
    assert name == "offline" and found.shape == (4, 3)
    assert found[:, 0] == pytest.approx(found[:, 2]) and (found[:, 0] != found[:, 1]).all()
    assert found[:, 1] == pytest.approx(alone[:, 0], abs=1e-6)


def test_stages_that_select_have_critics_and_others_do_not(tmp_path: Path) -> None:
    write_untrained(tmp_path)
    policy = load_policy(tmp_path / "mirrored" / POLICY)
    learner = Selection(SelectionConfig(), policy, *load_critic(tmp_path / "critic" / CRITIC), ())
    learner.save(tmp_path / "outcome" / POLICY)
    assert [name for name, _ in critics(tmp_path, ("selected", "outcome"))] == ["offline", "outcome"]
    with pytest.raises(CheckpointError, match="not 'selecting policy'"):
        list(critics(tmp_path, ("mirrored",)))
