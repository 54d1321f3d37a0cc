"""Batches as tensors, and transitions over a chunk."""

import numpy as np
import torch

from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.returns import Visits, rewards_and_discounts
from lacelab.agents.training.samples import draw, to_tensors
from lacelab.agents.training.transitions import Transitions, join
from lacelab.envs.spec import STATE_KEYS
from lacelab.envs.symmetry import mirror_action, mirror_observation

CPU = torch.device("cpu")


def test_tensors_hold_what_was_read(reader: ChunkReader) -> None:
    batch = reader.read(np.array([0, 10, 11]), np.zeros(3, bool))
    samples = to_tensors(batch, CPU)
    assert samples.observation.keys() == STATE_KEYS.keys()
    assert samples.observation["instruction"].dtype == torch.int64
    assert all(np.array_equal(samples.observation[name], value) for name, value in batch.observation().items())
    assert samples.valid.tolist() == [[1, 1, 1], [1, 1, 0], [1, 0, 0]]
    assert samples.frame.tolist() == [0, 10, 11] and np.array_equal(samples.actions, batch.actions)


def test_only_chosen_frames_are_drawn_and_the_share_that_is_asked_for_is_mirrored(reader: ChunkReader) -> None:
    frames = np.array([3, 17, 40])
    batch = draw(reader, frames, 400, 0.25, np.random.default_rng(0))
    assert set(batch.index) == set(frames)
    assert 0.15 < batch.mirrored.mean() < 0.35
    assert not draw(reader, frames, 50, 0.0, np.random.default_rng(0)).mirrored.any()


def test_a_transition_leads_a_chunk_on(reader: ChunkReader) -> None:
    visits = Visits(np.array([2, 10, 20]), np.array([12, 12, 22]), np.array([1, 1, 0], np.float32))
    drawn = Transitions(reader, visits, chunk=3, gamma=0.5).draw(np.random.default_rng(0), 30, 0.0, CPU)
    reward, discount = rewards_and_discounts(visits, 3, 0.5)
    end = dict(zip(visits.frame, visits.end, strict=True))
    row = {frame: number for number, frame in enumerate(visits.frame)}
    chosen = [row[frame] for frame in drawn.now.frame]
    assert set(chosen) == {0, 1, 2}
    assert drawn.later.frame.tolist() == [min(frame + 3, end[frame] - 1) for frame in drawn.now.frame]
    assert drawn.reward.tolist() == reward[chosen].tolist() and drawn.discount.tolist() == discount[chosen].tolist()


def test_both_ends_of_a_transition_are_mirrored_alike(reader: ChunkReader) -> None:
    visits = Visits(np.array([2]), np.array([12]), np.ones(1, np.float32))
    plain, mirrored = (
        Transitions(reader, visits, 3).draw(np.random.default_rng(0), 1, share, CPU) for share in (0.0, 1.0)
    )
    for one, other in ((plain.now, mirrored.now), (plain.later, mirrored.later)):
        wanted = mirror_observation(one.observation)
        assert all(torch.equal(other.observation[name], value) for name, value in wanted.items())
        assert torch.equal(other.actions, mirror_action(one.actions))


def test_joined_batches(reader: ChunkReader) -> None:
    visits = Visits(np.arange(2, 6), np.full(4, 12), np.ones(4, np.float32))
    parts = [Transitions(reader, visits, 3).draw(np.random.default_rng(seed), 2 + seed, 0.0, CPU) for seed in (0, 1)]
    whole = join(parts)
    assert whole.now.frame.tolist() == [*parts[0].now.frame, *parts[1].now.frame]
    assert torch.equal(whole.later.actions[2:], parts[1].later.actions)
    assert torch.equal(whole.now.observation["threaded"][:2], parts[0].now.observation["threaded"])
    assert whole.reward.shape == whole.discount.shape == (5,) and whole.now.valid.shape == (5, 3)
