"""The frames of a dataset as memory-mapped arrays, made once from its Parquet files and kept beside them."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import layout
from .exceptions import DatasetError
from .files import read_checksums, read_json
from .recording import Arrays
from .schema import ACTION, FORMAT, SCENE, STATE, TOKENS
from .tables import column_values, read_table

_VECTORS = {STATE: np.float32, SCENE: np.float32, TOKENS: np.uint8, ACTION: np.float32}
REWARD, STARTS = "next.reward", "starts"


@dataclass(frozen=True)
class FrameArrays:
    """Frames of all episodes, one after the other.

    Attributes:
        vectors: feature -> (frames, width).
        reward: of the step after each frame (frames,).
        episode: number of the episode of each frame (frames,).
        stop: global index at which the trajectory of each frame ends, with its episode or later (frames,).
        starts: global index at which each episode begins, and the total (episodes + 1,).
    """

    vectors: dict[str, NDArray[np.generic]]
    reward: NDArray[np.float32]
    episode: NDArray[np.int64]
    stop: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.reward)

    @property
    def success(self) -> NDArray[np.bool_]:
        """Whether each episode ended in success (episodes,): its last reward says so."""
        return self.reward[self.starts[1:] - 1] > 0


def joined(first: FrameArrays, second: FrameArrays) -> FrameArrays:
    """Return the frames of two sets in memory, the episodes of the second after those of the first."""
    vectors = {
        name: np.concatenate([first.vectors[name], second.vectors[name]], dtype=kind, casting="same_kind")
        for name, kind in _VECTORS.items()
    }
    starts = np.concatenate([first.starts, second.starts[1:] + len(first)])
    both = frame_arrays(vectors | {REWARD: np.concatenate([first.reward, second.reward]), STARTS: starts})
    return replace(both, stop=np.concatenate([first.stop, second.stop + len(first)]))


def selected(arrays: FrameArrays, kept: NDArray[np.bool_]) -> FrameArrays:
    """Return some frames in memory, of every episode the last one at least: what lies between them has not happened.

    Args:
        arrays: of all frames.
        kept: whether to keep each of them (frames,).
    """
    before = np.concatenate([[0], np.cumsum(kept)])  # how many are kept before each frame
    vectors = {name: np.asarray(values)[kept] for name, values in arrays.vectors.items()}
    some = frame_arrays(vectors | {REWARD: arrays.reward[kept], STARTS: before[arrays.starts]})
    return replace(some, stop=before[arrays.stop[kept]])


def open_arrays(root: Path) -> FrameArrays:
    """Map the frames of a dataset into memory; nothing is read before it is used.

    Where the dataset's folder cannot be written to, the frames are loaded instead.

    Raises:
        DatasetError: the dataset is not whole, or of another format.
    """
    files = _data_files(root)
    cache = root / layout.CACHE / _key(files)
    if not cache.exists() and not os.access(root, os.W_OK):
        return frame_arrays(_load(root, list(files)))
    if not cache.exists():
        _write(_load(root, list(files)), cache)
    vectors = {name: np.load(cache / f"{name}.npy", mmap_mode="r") for name in _VECTORS}
    return frame_arrays(vectors | {name: np.load(cache / f"{name}.npy") for name in (REWARD, STARTS)})


def episode_column(root: Path, name: str) -> list[object]:
    """Return what is known of every episode under a name: success, operator, seed, ...

    Raises:
        DatasetError: there is no such column.
    """
    table = read_table(root / layout.EPISODES)
    if name not in table.column_names:
        raise DatasetError(f"'{root / layout.EPISODES}' has no column '{name}'.")
    return list(table.column(name).to_pylist())


def retry_keyframes(root: Path) -> list[list[int]]:
    """Return the frames of every episode at which the demonstrator started over."""
    table = read_table(root / layout.KEYFRAMES)
    frames: list[list[int]] = [[] for _ in episode_column(root, "episode_index")]
    for row in table.to_pylist():
        frames[row["episode_index"]].append(row["frame_index"])
    return frames


def pushed_frames(root: Path) -> NDArray[np.bool_]:
    """Return whether somebody pushed a hand aside in each frame (frames,)."""
    lengths = np.array(episode_column(root, "length"), np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    pushed = np.zeros(starts[-1], np.bool_)
    if layout.PUSHES in read_checksums(root):
        table = read_table(root / layout.PUSHES)
        pushed[starts[column_values(table, "episode_index")] + column_values(table, "frame_index")] = True
    return pushed


def demonstrations_digest(root: Path) -> str:
    """Return what tells the demonstrations in a folder from others, as far as training reads them.

    Raises:
        DatasetError: the dataset is not whole, or of another format.
    """
    checksums = read_checksums(root)
    read = [name for name in (layout.EPISODES, layout.KEYFRAMES, layout.PUSHES) if name in checksums]
    return _key(_data_files(root) | {name: checksums[name] for name in read})


def _data_files(root: Path) -> dict[str, str]:
    """Return the checksums of the files of frames, in their order."""
    checksums = read_checksums(root)
    version = read_json(root / layout.MANIFEST).get("format")
    if version != FORMAT:
        raise DatasetError(f"'{root}' has format {version}; this version reads {FORMAT}. Collect it again.")
    return {name: checksums[name] for name in sorted(checksums) if name.startswith("data/")}


def _key(files: dict[str, str]) -> str:
    return hashlib.sha256("".join(files.values()).encode()).hexdigest()[:16]


def _load(root: Path, names: list[str]) -> Arrays:
    """Read the arrays from the files of frames."""
    tables = [read_table(root / name, [*_VECTORS, REWARD, "episode_index"]) for name in names]

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([column_values(table, name) for table in tables])

    episode = column("episode_index")
    arrays = {name: column(name).astype(kind) for name, kind in _VECTORS.items()}
    return arrays | {REWARD: column(REWARD), STARTS: np.searchsorted(episode, np.arange(episode[-1] + 2))}


def _write(arrays: Arrays, cache: Path) -> None:
    """Write the arrays at once: into a neighbour that then takes its place."""
    cache.parent.mkdir(exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{cache.name}.", dir=cache.parent))
    for name, array in arrays.items():
        np.save(temporary / f"{name}.npy", array)
    try:
        temporary.rename(cache)
    except OSError:
        shutil.rmtree(temporary)
        if not cache.exists():  # Else another process was faster.
            raise


def frame_arrays(arrays: Arrays) -> FrameArrays:
    """Return frames from their vectors, rewards and where episodes start."""
    starts = arrays[STARTS]
    episode = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    vectors = {name: arrays[name] for name in _VECTORS}
    return FrameArrays(vectors, arrays[REWARD], episode, starts[episode + 1], starts)
