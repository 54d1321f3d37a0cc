"""Whatever is wrong is found, and said where."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import recordings

from lacelab.agents.data import layout
from lacelab.agents.data.files import CHECKSUMS, read_checksums, read_json, write_checksums, write_json
from lacelab.agents.data.schema import ACTION, STATE
from lacelab.agents.data.tables import column_values, read_table, vector_column, write_table
from lacelab.agents.data.validate import validate
from lacelab.agents.data.writer import write_dataset

DATA, LABELS = layout.place(layout.DATA, 0), layout.place(layout.LABELS, 0)


def _problems(root: Path) -> list[str]:
    return [str(problem) for problem in validate(root)]


def _sign(root: Path) -> None:
    """Make the checksums fit, so that only the contents are wrong."""
    write_checksums(root, [name for name in read_checksums(root) if (root / name).exists()])


def _rewrite(root: Path, name: str, change: Callable[[pa.Table], pa.Table]) -> None:
    write_table(root / name, change(read_table(root / name)))
    _sign(root)


def _replace(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def test_a_whole_dataset(root: Path) -> None:
    assert _problems(root) == []


def test_missing_files(root: Path) -> None:
    (root / LABELS).unlink()
    found = _problems(root)
    assert found[0] == f"{LABELS}: missing" and f"{LABELS}: '{root / LABELS}' is missing." in found


@pytest.mark.parametrize("name", [DATA, layout.EPISODES, layout.KEYFRAMES, layout.STATS, layout.MANIFEST])
def test_torn_files(root: Path, name: str) -> None:
    path = root / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert any(name in problem and "torn" in problem for problem in _problems(root))


def test_one_flipped_bit(root: Path) -> None:
    content = bytearray((root / DATA).read_bytes())
    content[len(content) // 2] ^= 1
    (root / DATA).write_bytes(content)
    assert f"{DATA}: not what {CHECKSUMS} says: torn or changed" in _problems(root)


def test_files_that_do_not_belong(root: Path) -> None:
    stray = root / "data" / "chunk-000" / "file-001.parquet"
    shutil.copy(root / DATA, stray)
    assert _problems(root) == [f"data/chunk-000/file-001.parquet: not in {CHECKSUMS}: left over or added"]


def test_no_dataset_and_unfinished_ones(root: Path, tmp_path: Path) -> None:
    assert "Is this a dataset?" in _problems(tmp_path)[0]
    (root / layout.STAGING).mkdir()
    assert _problems(root) == [f"{layout.STAGING}: a run has not finished: repeat its command"]
    (root / CHECKSUMS).unlink()
    assert "Finish it with the command that began it." in _problems(root)[0]


def test_reordered_frames(root: Path) -> None:
    order = np.arange(read_table(root / DATA).num_rows)
    order[[3, 4]] = 4, 3
    _rewrite(root, DATA, lambda table: table.take(order))
    assert f"{DATA}, row 3: reordered: episode 0 frame 4 instead of episode 0 frame 3" in _problems(root)


def test_labels_of_other_frames(root: Path) -> None:
    _rewrite(root, LABELS, lambda table: table.take(np.roll(np.arange(table.num_rows), 1)))
    assert any(problem.startswith(f"{LABELS}, row 0: reordered") for problem in _problems(root))


def test_reordered_episodes(root: Path) -> None:
    _rewrite(root, layout.EPISODES, lambda table: table.take([0, 2, 1, 3, 4, 5]))
    problem = next(problem for problem in _problems(root) if problem.startswith(layout.EPISODES))
    assert "row 1: reordered: episode 2" in problem


def test_lost_frames(root: Path) -> None:
    frames = read_table(root / DATA).num_rows
    _rewrite(root, DATA, lambda table: table.slice(0, frames - 2))
    assert f"{DATA}: {frames - 2} frames instead of {frames}" in _problems(root)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none(root: Path, value: float) -> None:
    table = read_table(root / DATA)
    values = column_values(table, ACTION).copy()
    frame = read_table(root / layout.EPISODES).to_pylist()[2]["dataset_from_index"] + 1
    values[frame, 5] = value
    _rewrite(root, DATA, lambda table: _replace(table, ACTION, vector_column(values, ACTION)))
    assert _problems(root) == [f"{DATA}, {ACTION}: not finite in 1 frames, first episode 2 frame 1"]


def test_other_widths(root: Path) -> None:
    rows = read_table(root / DATA).num_rows
    narrow = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(3 * rows, np.float32)), 3)
    _rewrite(root, DATA, lambda table: _replace(table, STATE, narrow))
    assert any(f"{DATA}, {STATE}: shape (3,) instead of" in problem for problem in _problems(root))


def test_missing_columns(root: Path) -> None:
    _rewrite(root, DATA, lambda table: table.drop_columns(["frame_index", ACTION]))
    assert f"{DATA}: columns are missing: {ACTION}, frame_index" in _problems(root)


def test_another_rhythm(root: Path) -> None:
    def stretch(table: pa.Table) -> pa.Table:
        return _replace(table, "timestamp", pa.array(column_values(table, "timestamp") * np.float32(2)))

    _rewrite(root, DATA, stretch)
    assert f"{DATA}, timestamp: not 20 frames a second from episode 0 frame 1" in _problems(root)


def test_other_versions(root: Path) -> None:
    for name, key in ((layout.MANIFEST, "format"), (layout.INFO, "codebase_version"), (layout.INFO, "total_frames")):
        write_json(root / name, read_json(root / name) | {key: 7})
    _sign(root)
    found = _problems(root)
    assert f"{layout.MANIFEST}: format is 7, this version reads 1" in found
    assert f"{layout.INFO}: codebase_version is 7, this version reads v3.0" in found
    assert any(problem.startswith(f"{layout.INFO}: total_frames is 7, the episodes say") for problem in found)


def test_keyframes_that_do_not_exist(root: Path) -> None:
    _rewrite(root, layout.KEYFRAMES, lambda table: _replace(table, "frame_index", pa.array([2, 999])))
    assert _problems(root) == [f"{layout.KEYFRAMES}: frame 999 of episode 3 does not exist"]


def test_pushes_that_do_not_exist(tmp_path: Path) -> None:
    pushed = recordings.make(1, length=5)
    pushed.facts["pushed_frames"] = [1, 6]
    write_dataset(tmp_path, [pushed], {"format": 1})
    assert f"{layout.PUSHES}: frame 6 of episode 0 does not exist" in _problems(tmp_path)


def test_videos(tmp_path: Path) -> None:
    write_dataset(tmp_path, [recordings.make(seed, length=5, images=True) for seed in (0, 1)], {"format": 1})
    short = next(iter(recordings.make(0, length=4, images=True).videos.values()))
    names = sorted(name for name in read_checksums(tmp_path) if name.endswith(".mp4"))
    (tmp_path / names[0]).write_bytes(short)
    (tmp_path / names[3]).write_bytes(short[:500])
    _sign(tmp_path)
    found = _problems(tmp_path)
    assert f"{names[0]}: 4 pictures instead of 5" in found
    assert any(problem.startswith(f"{names[3]}: cannot be decoded") for problem in found)
