"""Written datasets are LeRobotDataset v3 by the letter, the same bytes for the same recordings."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import recordings

from lacelab.agents.data import layout
from lacelab.agents.data.recording import Recording
from lacelab.agents.data.schema import ACTION, IMAGES, STATE
from lacelab.agents.data.tables import column_values, read_table
from lacelab.agents.data.validate import validate
from lacelab.agents.data.writer import file_numbers, write_dataset


def _bytes(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_same_recordings_give_the_same_bytes(root: Path, episodes: list[Recording], tmp_path: Path) -> None:
    write_dataset(tmp_path / "again", episodes, json.loads((root / layout.MANIFEST).read_text()))
    assert _bytes(root) == _bytes(tmp_path / "again")


def test_info_counts(root: Path, episodes: list[Recording]) -> None:
    info = json.loads((root / layout.INFO).read_text())
    frames = sum(len(recording) for recording in episodes)
    assert (info["total_episodes"], info["total_frames"], info["total_tasks"]) == (6, frames, 2)
    assert info["codebase_version"] == "v3.0" and info["fps"] == 20 and info["video_path"] is None
    schema = pq.read_schema(root / layout.place(layout.DATA, 0))
    assert set(schema.names) == set(info["features"])


def test_episodes_follow_one_another(root: Path, episodes: list[Recording]) -> None:
    rows = read_table(root / layout.EPISODES).to_pylist()
    assert [row["length"] for row in rows] == [len(recording) for recording in episodes]
    assert [row["dataset_from_index"] for row in rows[1:]] == [row["dataset_to_index"] for row in rows[:-1]]
    for row, recording in zip(rows, episodes, strict=True):
        assert {name: row[name] for name in ("seed", "operator", "success")}.items() <= recording.facts.items()
        assert row["tasks"] == [recording.facts["instruction"]]
        assert row["stages/putdown"] == recording.facts["stages"]["putdown"]
        assert row["stats/action/mean"] == pytest.approx(recording.frames[ACTION].mean(axis=0, dtype=float))


def test_statistics_are_over_all_frames(root: Path, episodes: list[Recording]) -> None:
    stats = json.loads((root / layout.STATS).read_text())
    rows = np.concatenate([recording.frames[STATE] for recording in episodes]).astype(float)
    assert stats[STATE]["std"] == pytest.approx(rows.std(axis=0)) and stats[STATE]["count"] == [len(rows)]
    assert stats["next.reward"]["max"] == [1.0]


def test_the_last_observation_is_kept(root: Path, episodes: list[Recording]) -> None:
    final = column_values(read_table(root / layout.FINAL), STATE)
    assert np.array_equal(final, [recording.final[STATE] for recording in episodes])


def test_labels_are_a_tree_of_their_own(root: Path, episodes: list[Recording]) -> None:
    labels = read_table(root / layout.place(layout.LABELS, 0))
    data = read_table(root / layout.place(layout.DATA, 0))
    assert column_values(labels, "flaw").tolist() == [int(f) for r in episodes for f in r.labels["flaw"]]
    assert not {"flaw", "phase", "progress", "stage"} & set(data.column_names)
    assert np.array_equal(column_values(labels, "index"), column_values(data, "index"))


def test_large_datasets_have_several_files(
    tmp_path: Path, episodes: list[Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "FILE_FRAMES", 40)
    numbers = file_numbers([len(recording) for recording in episodes])
    assert numbers[0] == 0 and numbers[-1] > 0 and set(np.diff(numbers)) <= {0, 1}
    write_dataset(tmp_path, episodes, json.loads('{"format": 1}'))
    rows = read_table(tmp_path / layout.EPISODES).to_pylist()
    assert [row["data/file_index"] for row in rows] == numbers
    for row in rows:
        table = read_table(tmp_path / layout.place(layout.DATA, row["data/file_index"]))
        assert row["episode_index"] in column_values(table, "episode_index")
    assert validate(tmp_path) == []


def test_one_episode_longer_than_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "FILE_FRAMES", 40)
    assert file_numbers([50, 20, 20, 1]) == [0, 1, 1, 2]


def test_cameras_are_videos(tmp_path: Path) -> None:
    write_dataset(tmp_path, [recordings.make(seed, length=5, images=True) for seed in (0, 1)], {"format": 1})
    info = json.loads((tmp_path / layout.INFO).read_text())
    stats = json.loads((tmp_path / layout.STATS).read_text())
    rows = read_table(tmp_path / layout.EPISODES).to_pylist()
    for key in IMAGES.values():
        assert info["features"][key]["dtype"] == "video" and np.shape(stats[key]["mean"]) == (3, 1, 1)
        assert stats[key]["count"] == [10]
        assert [row[f"videos/{key}/file_index"] for row in rows] == [0, 1]
        assert [row[f"videos/{key}/to_timestamp"] for row in rows] == pytest.approx([0.25, 0.25])
    assert validate(tmp_path) == []
