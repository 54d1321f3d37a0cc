"""Write recordings as a LeRobotDataset v3: the same recordings give the same bytes.

Everything is written anew from the recordings, the checksums last: a dataset with checksums is whole.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from . import layout
from .files import write_atomically, write_checksums, write_json
from .recording import Recording
from .schema import ACTION, FPS, LEROBOT_VERSION, SCENE, STATE, TOKENS, lerobot_features
from .statistics import Statistics, image_statistics, vector_statistics
from .tables import (
    column_values,
    frame_table,
    keyframe_table,
    label_table,
    push_table,
    task_table,
    vector_column,
    write_table,
)

_SCALARS = ("next.reward", "next.done", "timestamp", "frame_index", "episode_index", "index", "task_index")


def write_dataset(root: Path, recordings: Sequence[Recording], manifest: dict[str, Any]) -> None:
    """Write a dataset.

    Args:
        root: folder to write into.
        recordings: the episodes in order.
        manifest: what they were made with; plain JSON values.
    """
    tasks = _tasks(recordings)
    frames = _frame_tables(recordings, tasks)
    names = [*_write_frames(root, frames, recordings), *_write_videos(root, recordings)]
    everything = pa.concat_tables(frames)
    info = _info(recordings, tasks)
    write_table(root / layout.TASKS, task_table(tasks))
    write_table(root / layout.KEYFRAMES, keyframe_table(recordings))
    pushes = _write_pushes(root, recordings)
    write_table(root / layout.FINAL, _final_table(recordings))
    write_table(root / layout.EPISODES, pa.Table.from_pylist(_episode_rows(frames, recordings)))
    write_json(root / layout.STATS, _statistics(everything, recordings))
    write_json(root / layout.INFO, info)
    write_json(root / layout.MANIFEST, manifest)
    meta = [layout.TASKS, layout.KEYFRAMES, layout.FINAL, layout.EPISODES, layout.STATS, layout.INFO, layout.MANIFEST]
    write_checksums(root, [*names, *meta, *pushes])


def file_numbers(lengths: Sequence[int]) -> list[int]:
    """Return the number of the data file that holds each episode."""
    numbers, number, frames = [], 0, 0
    for length in lengths:
        if frames and frames + length > layout.FILE_FRAMES:
            number, frames = number + 1, 0
        numbers.append(number)
        frames += length
    return numbers


def _tasks(recordings: Sequence[Recording]) -> dict[str, int]:
    """Number the instructions in the order in which they first appear."""
    seen = dict.fromkeys(task for recording in recordings for task in recording.frames["task"].tolist())
    return {task: number for number, task in enumerate(seen)}


def _frame_tables(recordings: Sequence[Recording], tasks: dict[str, int]) -> list[pa.Table]:
    tables, start = [], 0
    for episode, recording in enumerate(recordings):
        tables.append(frame_table(recording, episode, start, tasks))
        start += len(recording)
    return tables


def _write_frames(root: Path, frames: list[pa.Table], recordings: Sequence[Recording]) -> list[str]:
    """Write the files of frames and labels; return their names."""
    numbers = file_numbers([len(recording) for recording in recordings])
    starts = [column_values(table, "index")[0] for table in frames]
    names = []
    for number in range(numbers[-1] + 1):
        members = [episode for episode, place in enumerate(numbers) if place == number]
        labels = [label_table(recordings[episode], episode, starts[episode]) for episode in members]
        pairs = ((layout.DATA, [frames[episode] for episode in members]), (layout.LABELS, labels))
        for pattern, tables in pairs:
            names.append(layout.place(pattern, number))
            write_table(root / names[-1], pa.concat_tables(tables))
    return names


def _write_videos(root: Path, recordings: Sequence[Recording]) -> list[str]:
    """Write one video per episode and camera; return their names."""
    names = []
    for episode, recording in enumerate(recordings):
        for key, video in recording.videos.items():
            names.append(layout.place(layout.VIDEOS, episode, video_key=key))
            write_atomically(root / names[-1], video)
    return names


def _write_pushes(root: Path, recordings: Sequence[Recording]) -> list[str]:
    """Write where hands were pushed aside, if they were; return the names of the files."""
    table = push_table(recordings)
    if not len(table):
        return []
    write_table(root / layout.PUSHES, table)
    return [layout.PUSHES]


def _final_table(recordings: Sequence[Recording]) -> pa.Table:
    return pa.table(
        {
            name: vector_column(np.stack([recording.final[name] for recording in recordings]), name)
            for name in (STATE, SCENE, TOKENS)
        }
    )


def _episode_rows(frames: list[pa.Table], recordings: Sequence[Recording]) -> list[dict[str, Any]]:
    numbers = file_numbers([len(recording) for recording in recordings])
    rows = []
    for episode, (table, recording) in enumerate(zip(frames, recordings, strict=True)):
        start, number = int(column_values(table, "index")[0]), numbers[episode]
        row: dict[str, Any] = {
            "episode_index": episode,
            "tasks": list(dict.fromkeys(recording.frames["task"].tolist())),
            "length": len(recording),
            "dataset_from_index": start,
            "dataset_to_index": start + len(recording),
            "data/chunk_index": number // layout.CHUNK,
            "data/file_index": number % layout.CHUNK,
            "meta/episodes/chunk_index": 0,
            "meta/episodes/file_index": 0,
        }
        for key in recording.videos:
            row |= {
                f"videos/{key}/chunk_index": episode // layout.CHUNK,
                f"videos/{key}/file_index": episode % layout.CHUNK,
                f"videos/{key}/from_timestamp": 0.0,
                f"videos/{key}/to_timestamp": len(recording) / FPS,
            }
        row |= _facts(recording)
        for feature, statistics in _statistics(table, [recording]).items():
            row |= {f"stats/{feature}/{name}": value for name, value in statistics.items()}
        rows.append(row)
    return rows


def _facts(recording: Recording) -> dict[str, Any]:
    facts = recording.facts
    kept = ("seed", "operator", "success", "outcome", "instruction", "duration", "max_stage")
    stages = {f"stages/{name}": time for name, time in facts["stages"].items()}
    return {name: facts[name] for name in kept} | {"retries": len(facts["retry_frames"])} | stages


def _statistics(table: pa.Table, recordings: Sequence[Recording]) -> dict[str, Statistics]:
    names = (STATE, SCENE, TOKENS, ACTION, *_SCALARS)
    statistics = {name: vector_statistics(column_values(table, name)) for name in names}
    for key in recordings[0].videos:
        parts = [recording.facts["image_stats"][key] for recording in recordings]
        statistics[key] = image_statistics(parts, table.num_rows)
    return statistics


def _info(recordings: Sequence[Recording], tasks: dict[str, int]) -> dict[str, Any]:
    images = bool(recordings[0].videos)
    return {
        "codebase_version": LEROBOT_VERSION,
        "robot_type": "openarm_bimanual",
        "total_episodes": len(recordings),
        "total_frames": sum(len(recording) for recording in recordings),
        "total_tasks": len(tasks),
        "chunks_size": layout.CHUNK,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": FPS,
        "splits": {"train": f"0:{len(recordings)}"},
        "data_path": layout.DATA,
        "video_path": layout.VIDEOS if images else None,
        "features": lerobot_features(images),
    }
