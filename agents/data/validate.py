"""Find what is wrong with a dataset, and say where."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from . import layout
from .exceptions import DatasetError, MissingExtraError
from .files import CHECKSUMS, digest, read_checksums, read_json
from .schema import FORMAT, FPS, LEROBOT_VERSION, WIDTHS
from .tables import column_values, read_table
from .video import decode

_ORDER = ("episode_index", "frame_index", "index")
_NUMERIC = (*WIDTHS, "next.reward", "next.done", "timestamp", "task_index")


class Problem(NamedTuple):
    """Something that is wrong."""

    where: str  # file, and what in it
    what: str

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.where}: {self.what}"


def validate(root: Path) -> list[Problem]:
    """Check a dataset from its files to its numbers."""
    try:
        checksums = read_checksums(root)
        problems = [*_check_files(root, checksums), *_check_versions(root)]
        return problems + list(_check_contents(root))
    except DatasetError as error:
        return [Problem(str(root), str(error))]


def _check_files(root: Path, checksums: dict[str, str]) -> Iterator[Problem]:
    for name, wanted in checksums.items():
        if not (root / name).is_file():
            yield Problem(name, "missing")
        elif digest(root / name) != wanted:
            yield Problem(name, f"not what {CHECKSUMS} says: torn or changed")
    for folder in layout.FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and name not in checksums:
                yield Problem(name, f"not in {CHECKSUMS}: left over or added")
    if (root / layout.STAGING).exists():
        yield Problem(layout.STAGING, "a run has not finished: repeat its command")


def _check_versions(root: Path) -> Iterator[Problem]:
    found = (
        (layout.MANIFEST, "format", FORMAT),
        (layout.INFO, "codebase_version", LEROBOT_VERSION),
        (layout.INFO, "fps", FPS),
    )
    for name, key, wanted in found:
        value = read_json(root / name).get(key)
        if value != wanted:
            yield Problem(name, f"{key} is {value}, this version reads {wanted}")


def _check_contents(root: Path) -> Iterator[Problem]:
    try:
        episodes = read_table(root / layout.EPISODES).to_pylist()
    except DatasetError as error:
        yield Problem(layout.EPISODES, str(error))
        return
    yield from _check_info(root, episodes)
    for name in (layout.KEYFRAMES, layout.PUSHES):
        if name == layout.KEYFRAMES or (root / name).exists():
            yield from _check_marks(root, name, episodes)
    for pattern in (layout.DATA, layout.LABELS):
        for name in sorted({_file_of(pattern, row) for row in episodes}):
            members = [row for row in episodes if _file_of(pattern, row) == name]
            yield from _check_table(root, name, members, is_data=pattern is layout.DATA)
    for row in episodes:
        yield from _check_videos(root, row)


def _check_info(root: Path, episodes: list[dict[str, Any]]) -> Iterator[Problem]:
    info = read_json(root / layout.INFO)
    counts = {"total_episodes": len(episodes), "total_frames": sum(row["length"] for row in episodes)}
    for key, wanted in counts.items():
        if info.get(key) != wanted:
            yield Problem(layout.INFO, f"{key} is {info.get(key)}, the episodes say {wanted}")
    start = 0
    for number, row in enumerate(episodes):
        if (row["episode_index"], row["dataset_from_index"]) != (number, start):
            found = f"episode {row['episode_index']} from {row['dataset_from_index']}"
            yield Problem(f"{layout.EPISODES}, row {number}", f"reordered: {found} instead of {number} from {start}")
            return
        start += row["length"]


def _check_marks(root: Path, name: str, episodes: list[dict[str, Any]]) -> Iterator[Problem]:
    """Check a file of frames at which something happened."""
    try:
        rows = read_table(root / name).to_pylist()
    except DatasetError as error:
        yield Problem(name, str(error))
        return
    for row in rows:
        number, frame = row["episode_index"], row["frame_index"]
        if number >= len(episodes) or not 0 <= frame <= episodes[number]["length"]:
            yield Problem(name, f"frame {frame} of episode {number} does not exist")


def _check_table(root: Path, name: str, members: list[dict[str, Any]], is_data: bool) -> Iterator[Problem]:
    """Check one file of frames or labels against the episodes that it should hold."""
    try:
        table = read_table(root / name)
    except DatasetError as error:
        yield Problem(name, str(error))
        return
    wanted = np.concatenate([np.stack(_order(row), axis=1) for row in members])
    if missing := sorted({*_ORDER, *(_NUMERIC if is_data else ())} - set(table.column_names)):
        yield Problem(name, f"columns are missing: {', '.join(missing)}")
        return
    found = np.stack([column_values(table, key) for key in _ORDER], axis=1)
    if len(found) != len(wanted):
        yield Problem(name, f"{len(found)} frames instead of {len(wanted)}")
    shared = min(len(found), len(wanted))
    wrong = np.flatnonzero((found[:shared] != wanted[:shared]).any(axis=1))
    if len(wrong):
        row = wrong[0]
        is_, should = (f"episode {e} frame {f}" for e, f, _ in (found[row], wanted[row]))
        yield Problem(f"{name}, row {row}", f"reordered: {is_} instead of {should}")
    if is_data:
        yield from _check_columns(name, table, found)


def _order(row: dict[str, Any]) -> list[Any]:
    """Return episode, frame and global index of every frame of an episode."""
    count, start = row["length"], row["dataset_from_index"]
    frames = np.arange(count)
    return [np.full(count, row["episode_index"]), frames, start + frames]


def _check_columns(name: str, table: pa.Table, order: Any) -> Iterator[Problem]:
    for column in table.column_names:
        values = column_values(table, column)
        if column in WIDTHS and values.shape[1:] != (WIDTHS[column],):
            yield Problem(f"{name}, {column}", f"shape {values.shape[1:]} instead of ({WIDTHS[column]},)")
        if not np.issubdtype(values.dtype, np.floating):
            continue
        bad = np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))
        if len(bad):
            episode, frame, _ = order[bad[0]]
            yield Problem(
                f"{name}, {column}", f"not finite in {len(bad)} frames, first episode {episode} frame {frame}"
            )
    late = np.flatnonzero(np.abs(column_values(table, "timestamp") - order[:, 1] / FPS) > 1e-3)
    if len(late):
        episode, frame, _ = order[late[0]]
        yield Problem(f"{name}, timestamp", f"not {FPS} frames a second from episode {episode} frame {frame}")


def _check_videos(root: Path, row: dict[str, Any]) -> Iterator[Problem]:
    for column, number in row.items():
        if not (column.startswith("videos/") and column.endswith("/file_index")):
            continue
        key = column.split("/")[1]
        name = layout.VIDEOS.format(chunk_index=row[f"videos/{key}/chunk_index"], file_index=number, video_key=key)
        try:
            count = sum(1 for _ in decode(root / name))
        except MissingExtraError:
            return
        except (OSError, ValueError) as error:  # PyAV's errors are of these kinds.
            yield Problem(name, f"cannot be decoded: {error}")
            continue
        if count != row["length"]:
            yield Problem(name, f"{count} pictures instead of {row['length']}")


def _file_of(pattern: str, row: dict[str, Any]) -> str:
    return pattern.format(chunk_index=row["data/chunk_index"], file_index=row["data/file_index"])
