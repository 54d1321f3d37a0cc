"""Arrow tables."""

from pathlib import Path

import numpy as np
import pytest
import recordings

from lacelab.agents.data.exceptions import DatasetError
from lacelab.agents.data.schema import ACTION
from lacelab.agents.data.tables import (
    column_values,
    frame_table,
    keyframe_table,
    label_table,
    read_table,
    task_table,
    write_table,
)


def test_frames_are_numbered_within_and_across_episodes() -> None:
    recording = recordings.make(1, length=4)
    task = recording.frames["task"][0]
    table = frame_table(recording, episode=2, start=100, tasks={"other": 0, task: 1})
    assert column_values(table, "index").tolist() == [100, 101, 102, 103]
    assert column_values(table, "frame_index").tolist() == [0, 1, 2, 3]
    assert column_values(table, "timestamp") == pytest.approx([0.0, 0.05, 0.1, 0.15])
    assert set(column_values(table, "episode_index")) == {2} and set(column_values(table, "task_index")) == {1}
    assert np.array_equal(column_values(table, ACTION), recording.frames[ACTION])
    assert "flaw" not in table.column_names and "flaw" in label_table(recording, 2, 100).column_names


def test_keyframes() -> None:
    table = keyframe_table([recordings.make(seed) for seed in (0, 1, 3)])
    assert table.to_pydict() == {"episode_index": [0, 2], "frame_index": [2, 2], "phase": ["insert", "insert"]}
    assert keyframe_table([recordings.make(1)]).num_rows == 0


def test_tasks_read_as_pandas_would() -> None:
    table = task_table({"lace": 0, "pull": 1})
    assert b"__index_level_0__" in table.schema.metadata[b"pandas"]
    assert table.to_pydict() == {"task_index": [0, 1], "__index_level_0__": ["lace", "pull"]}


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_table(tmp_path / name, keyframe_table([recordings.make(0)]))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_missing_and_torn_tables(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    with pytest.raises(DatasetError, match=r"'.*table.parquet' is missing."):
        read_table(path)
    write_table(path, keyframe_table([recordings.make(0)]))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DatasetError, match="is torn"):
        read_table(path)
