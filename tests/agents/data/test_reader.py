"""Chunks for training."""

from pathlib import Path

import numpy as np
import pytest

from lacelab.agents.data.arrays import open_arrays
from lacelab.agents.data.exceptions import DatasetError
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.recording import Recording
from lacelab.agents.data.schema import ACTION, SCENE, STATE, TOKENS, unflatten
from lacelab.envs.symmetry import mirror_action, mirror_observation


@pytest.fixture
def reader(root: Path) -> ChunkReader:
    return ChunkReader.open(root, chunk=4)


def test_a_chunk_is_what_was_done_next(reader: ChunkReader, episodes: list[Recording]) -> None:
    start = reader.arrays.starts[1]
    batch = reader.read(np.array([start, start + 1]), np.zeros(2, bool))
    assert np.array_equal(batch.actions[1], episodes[1].frames[ACTION][1:5])
    assert batch.valid.all() and batch.remaining.tolist() == [len(episodes[1]), len(episodes[1]) - 1]
    for name in (STATE, SCENE, TOKENS):
        assert np.array_equal(batch.features[name][1], episodes[1].frames[name][1])
    assert np.array_equal(batch.observation()["instruction"][0], episodes[1].frames[TOKENS][0])


def test_after_the_end_hands_rest_and_keep_their_grip(reader: ChunkReader, episodes: list[Recording]) -> None:
    last = reader.arrays.starts[1:] - 1
    batch = reader.read(last, np.zeros(len(last), bool))
    assert batch.valid.tolist() == [[True, False, False, False]] * len(last) and set(batch.remaining) == {1}
    final = np.array([recording.frames[ACTION][-1] for recording in episodes])
    padding = batch.actions[:, 1:].reshape(len(last), 3, 2, 7)
    assert (padding[..., :6] == 0).all()
    assert np.array_equal(padding[..., 6], np.broadcast_to(final[:, None, [6, 13]], (len(last), 3, 2)))


def test_prefixes_end_at_keyframes(reader: ChunkReader, episodes: list[Recording]) -> None:
    index = np.array([0, 1])
    batch = reader.read(index, np.zeros(2, bool), stop=np.array([2, 2]))
    assert batch.valid.tolist() == [[True, True, False, False], [True, False, False, False]]
    assert batch.remaining.tolist() == [2, 1] and (batch.actions[0, 2, :6] == 0).all()


def test_mirrored_samples_follow_the_symmetry(reader: ChunkReader) -> None:
    index = np.arange(6)
    plain = reader.read(index, np.zeros(6, bool))
    mirrored = reader.read(index, np.arange(6) % 2 == 1)
    wanted = mirror_observation(plain.observation())
    for key, values in mirrored.observation().items():
        assert np.array_equal(values[1::2], wanted[key][1::2])
        assert np.array_equal(values[::2], plain.observation()[key][::2])
    assert np.array_equal(mirrored.actions[1::2], mirror_action(plain.actions[1::2]))
    assert np.array_equal(mirrored.valid, plain.valid)
    back = mirror_observation(unflatten(reader.observations(index, np.ones(6, bool))))
    assert all(np.array_equal(back[key], values) for key, values in plain.observation().items())


def test_reading_changes_nothing_on_disk(reader: ChunkReader, root: Path) -> None:
    before = {name: np.array(values) for name, values in reader.arrays.vectors.items()}
    list(reader.shuffled(8, np.random.default_rng(0)))
    again = open_arrays(root).vectors
    assert all(np.array_equal(again[name], values) for name, values in before.items())


def test_an_epoch_holds_every_frame_once(reader: ChunkReader) -> None:
    batches = list(reader.shuffled(1, np.random.default_rng(3)))
    assert sorted(int(batch.index[0]) for batch in batches) == list(range(len(reader.arrays)))
    chosen = reader.frames_of([1, 4])
    batches = list(reader.shuffled(4, np.random.default_rng(3), chosen))
    index = np.concatenate([batch.index for batch in batches])
    assert set(reader.arrays.episode[index]) == {1, 4} and len(set(index)) == len(index) == len(chosen) // 4 * 4


def test_order_and_mirroring_follow_from_the_generator(reader: ChunkReader) -> None:
    first, again = (list(reader.shuffled(8, np.random.default_rng(5))) for _ in range(2))
    assert all(np.array_equal(a.actions, b.actions) for a, b in zip(first, again, strict=True))
    mirrored = np.concatenate([batch.mirrored for batch in first])
    assert 0 < mirrored.sum() < len(mirrored)
    never = ChunkReader(reader.arrays, mirror=0.0).shuffled(8, np.random.default_rng(5))
    assert not any(batch.mirrored.any() for batch in never)


@pytest.mark.parametrize(("chunk", "mirror"), [(0, 0.5), (16, 1.5), (16, float("nan"))])
def test_settings_without_sense(reader: ChunkReader, chunk: int, mirror: float) -> None:
    with pytest.raises(DatasetError, match=f"Cannot read chunks of {chunk} mirrored with probability {mirror}."):
        ChunkReader(reader.arrays, chunk, mirror)
