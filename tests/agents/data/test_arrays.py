"""Frames as memory-mapped arrays."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lacelab.agents.data import arrays as module
from lacelab.agents.data import layout
from lacelab.agents.data.arrays import (
    demonstrations_digest,
    episode_column,
    open_arrays,
    pushed_frames,
    retry_keyframes,
)
from lacelab.agents.data.exceptions import DatasetError
from lacelab.agents.data.files import write_json
from lacelab.agents.data.recording import Recording
from lacelab.agents.data.schema import ACTION, FORMAT, TOKENS
from lacelab.agents.data.writer import write_dataset


def _is_right(arrays: module.FrameArrays, episodes: list[Recording]) -> bool:
    lengths = [len(recording) for recording in episodes]
    return (
        len(arrays) == sum(lengths)
        and np.array_equal(arrays.vectors[ACTION], np.concatenate([r.frames[ACTION] for r in episodes]))
        and np.array_equal(arrays.vectors[TOKENS], np.concatenate([r.frames[TOKENS] for r in episodes]))
        and arrays.starts.tolist() == np.cumsum([0, *lengths]).tolist()
        and np.array_equal(np.bincount(arrays.episode), lengths)
        and arrays.success.tolist() == [r.facts["success"] for r in episodes]
    )


def test_frames_are_mapped_and_made_once(
    root: Path, episodes: list[Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _is_right(open_arrays(root), episodes)
    shutil.rmtree(root / "data")
    again = open_arrays(root)
    assert _is_right(again, episodes) and isinstance(again.vectors[ACTION], np.memmap)
    assert (again.stop[again.starts[:-1]] == again.starts[1:]).all()


def test_a_dataset_that_cannot_be_written_to(
    root: Path, episodes: list[Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.os, "access", lambda path, mode: mode != os.W_OK)
    assert _is_right(open_arrays(root), episodes)
    assert not (root / layout.CACHE).exists()


def test_another_process_was_faster(root: Path, episodes: list[Recording], monkeypatch: pytest.MonkeyPatch) -> None:
    write = module._write

    def write_twice(content: dict[str, np.ndarray], cache: Path) -> None:
        write(content, cache)
        write(content, cache)

    monkeypatch.setattr(module, "_write", write_twice)
    assert _is_right(open_arrays(root), episodes)
    assert len(list((root / layout.CACHE).iterdir())) == 1


def test_other_data_gives_other_arrays(root: Path, episodes: list[Recording], tmp_path: Path) -> None:
    from lacelab.agents.data.writer import write_dataset

    open_arrays(root)
    write_dataset(root, episodes[:2], {"format": module.FORMAT})
    assert _is_right(open_arrays(root), episodes[:2])


def test_joined_sets_are_one_after_the_other(root: Path, episodes: list[Recording]) -> None:
    both = module.joined(open_arrays(root), open_arrays(root))
    assert _is_right(both, [*episodes, *episodes])
    assert (both.stop[both.starts[:-1]] == both.starts[1:]).all()
    longer = replace(both, stop=both.stop + 1)
    assert (module.joined(longer, longer).stop == [*(both.stop + 1), *(both.stop + 1 + len(both))]).all()


def test_what_is_left_out_has_not_happened(root: Path) -> None:
    whole = open_arrays(root)
    kept = np.ones(len(whole), np.bool_)
    kept[[0, 2, 3, whole.starts[1] + 1]] = False
    some = module.selected(whole, kept)
    lengths = np.diff(whole.starts) - [3, 1, *[0] * (len(whole.starts) - 3)]
    assert np.diff(some.starts).tolist() == lengths.tolist() and some.success.tolist() == whole.success.tolist()
    assert np.array_equal(some.vectors[ACTION], whole.vectors[ACTION][kept])
    assert some.reward.tolist() == whole.reward[kept].tolist() and some.episode.tolist() == whole.episode[kept].tolist()
    assert (some.stop == some.starts[some.episode + 1]).all()
    stop = whole.stop.copy()
    stop[1] = 4  # a trajectory that ends where frames are left out ends before the next one that is kept
    assert module.selected(replace(whole, stop=stop), kept).stop[0] == 1


def test_what_is_known_of_episodes(root: Path, episodes: list[Recording]) -> None:
    assert episode_column(root, "operator") == [recording.facts["operator"] for recording in episodes]
    assert retry_keyframes(root) == [[2], [], [], [2], [], []]
    with pytest.raises(DatasetError, match="has no column 'sucess'"):
        episode_column(root, "sucess")


def test_unfinished_and_older_datasets(root: Path) -> None:
    write_json(root / layout.MANIFEST, {"format": 0})
    with pytest.raises(DatasetError, match="has format 0; this version reads 1. Collect it again."):
        open_arrays(root)
    (root / "SHA256SUMS").unlink()
    with pytest.raises(DatasetError, match="Finish it with the command that began it."):
        open_arrays(root)


def test_demonstrations_are_told_apart_by_what_training_reads(tmp_path: Path, episodes: list[Recording]) -> None:
    manifest = {"format": FORMAT, "task": "ThreadEyelet", "difficulty": "standard"}
    for name, recordings, facts in (
        ("one", episodes, manifest),
        ("later", episodes, manifest | {"commit": "another"}),
        ("fewer", episodes[:-1], manifest),
    ):
        write_dataset(tmp_path / name, recordings, facts)
    one, later, fewer = (demonstrations_digest(tmp_path / name) for name in ("one", "later", "fewer"))
    assert one == later != fewer
    episodes[1].facts["pushed_frames"] = [0, 2]
    write_dataset(tmp_path / "pushed", episodes, manifest)
    assert demonstrations_digest(tmp_path / "pushed") != one
    assert np.flatnonzero(pushed_frames(tmp_path / "pushed")).tolist() == [len(episodes[0]), len(episodes[0]) + 2]
    assert not pushed_frames(tmp_path / "one").any()
