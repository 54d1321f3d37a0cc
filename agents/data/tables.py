"""Arrow tables of a dataset: frames, episodes, tasks, labels and keyframes."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from .exceptions import DatasetError
from .files import write_atomically
from .recording import Recording
from .schema import ACTION, FPS, SCENE, STATE, TOKENS, WIDTHS

_VECTORS = {STATE: pa.float32(), SCENE: pa.float32(), TOKENS: pa.int64(), ACTION: pa.float32()}


def frame_table(recording: Recording, episode: int, start: int, tasks: Mapping[str, int]) -> pa.Table:
    """Return the frames of an episode that begins at a global index."""
    frames, count = recording.frames, len(recording)
    index = np.arange(count)
    columns: dict[str, Any] = {name: vector_column(frames[name], name) for name in _VECTORS}
    columns |= {
        "next.reward": frames["next.reward"].astype(np.float32),
        "next.done": frames["next.done"],
        "timestamp": (index / FPS).astype(np.float32),
        "frame_index": index,
        "episode_index": np.full(count, episode),
        "index": start + index,
        "task_index": np.array([tasks[task] for task in frames["task"].tolist()]),
    }
    return pa.table(columns)


def label_table(recording: Recording, episode: int, start: int) -> pa.Table:
    """Return the truth about the frames of an episode."""
    labels, index = recording.labels, np.arange(len(recording))
    return pa.table(
        {
            "episode_index": np.full(len(index), episode),
            "frame_index": index,
            "index": start + index,
            "flaw": labels["flaw"],
            "phase": pa.array(labels["phase"].tolist(), pa.string()),
            "progress": labels["progress"],
            "stage": labels["stage"],
        }
    )


def keyframe_table(recordings: Sequence[Recording]) -> pa.Table:
    """Return where the demonstrator started over, in all episodes."""
    rows = [
        (episode, frame, phase)
        for episode, recording in enumerate(recordings)
        for frame, phase in zip(recording.facts["retry_frames"], recording.facts["retry_phases"], strict=True)
    ]
    episodes, frames, phases = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "episode_index": pa.array(episodes, pa.int64()),
            "frame_index": pa.array(frames, pa.int64()),
            "phase": pa.array(phases, pa.string()),
        }
    )


def push_table(recordings: Sequence[Recording]) -> pa.Table:
    """Return the frames in which a hand was pushed aside, in all episodes."""
    frames = [recording.facts["pushed_frames"] for recording in recordings]
    return pa.table(
        {
            "episode_index": np.repeat(np.arange(len(frames)), [len(part) for part in frames]),
            "frame_index": np.array([frame for part in frames for frame in part], np.int64),
        }
    )


def task_table(tasks: Mapping[str, int]) -> pa.Table:
    """Return the tasks as pandas would write a frame that is indexed by the instruction."""
    table = pa.table({"task_index": list(tasks.values()), "__index_level_0__": list(tasks)})
    column = {"field_name": None, "metadata": None}
    pandas = {
        "index_columns": ["__index_level_0__"],
        "column_indexes": [],
        "columns": [
            column | {"name": "task_index", "field_name": "task_index", "pandas_type": "int64", "numpy_type": "int64"},
            column
            | {"name": None, "field_name": "__index_level_0__", "pandas_type": "unicode", "numpy_type": "object"},
        ],
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.0.0",
    }
    return table.replace_schema_metadata({"pandas": json.dumps(pandas)})


def vector_column(values: NDArray[Any], name: str) -> pa.FixedSizeListArray:
    """Return a matrix as a column of lists of one length."""
    flat = pa.array(np.ascontiguousarray(values).ravel(), _VECTORS[name])
    return pa.FixedSizeListArray.from_arrays(flat, WIDTHS[name])


def column_values(table: pa.Table, name: str) -> NDArray[Any]:
    """Return a column as an array; a column of lists as a matrix."""
    column = table.column(name).combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    if pa.types.is_fixed_size_list(column.type):
        return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), column.type.list_size)
    return column.to_numpy(zero_copy_only=False)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a Parquet file at once."""
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    write_atomically(path, stream.getvalue())


def read_table(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file.

    Raises:
        DatasetError: it is missing or torn.
    """
    try:
        return pq.read_table(path, columns=columns)
    except FileNotFoundError as error:
        raise DatasetError(f"'{path}' is missing.") from error
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(f"'{path}' is torn: {error}.") from error
