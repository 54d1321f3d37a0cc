"""The frames of a dataset as memory-mapped arrays, made once from its Parquet files and kept beside them."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import layout
from .exceptions import DatasetError
from .files import read_checksums, read_json
from .schema import ACTION, FORMAT, SCENE, STATE, TOKENS, WIDTHS
from .tables import column_values, read_table

_VECTORS = {STATE: np.float32, SCENE: np.float32, TOKENS: np.uint8, ACTION: np.float32}
_REWARD = "next.reward"


@dataclass(frozen=True)
class FrameArrays:
    """Frames of all episodes, one after the other.

    Attributes:
        vectors: feature -> (frames, width).
        reward: of the step after each frame (frames,).
        episode: number of the episode of each frame (frames,).
        stop: global index at which the episode of each frame ends (frames,).
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


def open_arrays(root: Path) -> FrameArrays:
    """Map the frames of a dataset into memory; nothing is read before it is used.

    Raises:
        DatasetError: the dataset is not whole, or of another format.
    """
    files = _data_files(root)
    cache = root / layout.CACHE / _key(files)
    if not cache.exists():
        _make(root, list(files), cache)
    vectors = {name: np.load(cache / f"{name}.npy", mmap_mode="r") for name in _VECTORS}
    starts = np.load(cache / "starts.npy")
    episode = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return FrameArrays(vectors, np.load(cache / "reward.npy"), episode, starts[episode + 1], starts)


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


def _data_files(root: Path) -> dict[str, str]:
    """Return the checksums of the files of frames, in their order."""
    checksums = read_checksums(root)
    version = read_json(root / layout.MANIFEST).get("format")
    if version != FORMAT:
        raise DatasetError(f"'{root}' has format {version}; this version reads {FORMAT}. Collect it again.")
    return {name: checksums[name] for name in sorted(checksums) if name.startswith("data/")}


def _key(files: dict[str, str]) -> str:
    return hashlib.sha256("".join(files.values()).encode()).hexdigest()[:16]


def _make(root: Path, names: list[str], cache: Path) -> None:
    """Write the arrays at once: into a neighbour that then takes its place."""
    columns = [*_VECTORS, _REWARD, "episode_index"]
    tables = [read_table(root / name, columns) for name in names]
    frames = sum(table.num_rows for table in tables)
    cache.parent.mkdir(exist_ok=True)
    temporary = cache.with_name(f"{cache.name}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    for name, kind in _VECTORS.items():
        array = np.lib.format.open_memmap(temporary / f"{name}.npy", "w+", kind, (frames, WIDTHS[name]))
        np.concatenate([column_values(table, name) for table in tables], out=array, casting="unsafe")
        array.flush()
    np.save(temporary / "reward.npy", np.concatenate([column_values(table, _REWARD) for table in tables]))
    episode = np.concatenate([column_values(table, "episode_index") for table in tables])
    np.save(temporary / "starts.npy", np.searchsorted(episode, np.arange(episode[-1] + 2)))
    temporary.rename(cache)
