"""The file of rows: one JSON object per line, appended as episodes end, continued after a kill.

Beside `rows.jsonl` lies `rows.manifest.json` with everything that the rows depend on. Rows are only ever added to a
file whose manifest is the same; the seeds may be prolonged.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from .episode import EpisodeSpec, Row
from .exceptions import OutputError, ResumeError
from .files import write_json

_ADVICE = "Choose another --out, or start again with --overwrite."


class Earlier(NamedTuple):
    """The whole rows of an earlier run."""

    rows: list[Row]
    size: int  # bytes up to the end of the last whole row; what follows was torn by a kill


def manifest_path(path: Path) -> Path:
    """Return where the manifest of a file of rows lies."""
    return path.with_suffix(".manifest.json")


def read_rows(path: Path) -> Earlier:
    """Read the rows of a file; a torn last line is left out.

    Raises:
        ResumeError: the file cannot be read, or a line that is not the last is no row.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise ResumeError(f"Cannot read '{path}': {error.strerror}.") from error
    rows: list[Row] = []
    for number, line in enumerate(lines, start=1):
        row = _parse_row(line)
        if row is None and number < len(lines):
            raise ResumeError(f"Line {number} of '{path}' is not a row.")
        if row is not None:
            rows.append(row)
    return Earlier(rows, sum(map(len, lines[: len(rows)])))


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest beside a file of rows.

    Raises:
        ResumeError: there is none, or it cannot be read.
    """
    try:
        found = json.loads(manifest_path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise ResumeError(f"'{path}' holds rows but no readable '{manifest_path(path).name}'.") from error
    return found if isinstance(found, dict) else {}


def read_earlier(path: Path, manifest: dict[str, Any], specs: Sequence[EpisodeSpec]) -> Earlier:
    """Read what an earlier run of the same manifest left, so that its seeds need not be run again.

    Raises:
        ResumeError: the rows were made with another manifest or in another order of seeds.
    """
    if not path.exists():
        return Earlier([], 0)
    try:
        earlier = read_rows(path)
    except ResumeError as error:
        raise ResumeError(f"{error} {_ADVICE}") from error
    if earlier.rows:
        _check_manifest(path, manifest)
        _check_episodes(path, earlier.rows, specs)
    return earlier


class RowWriter:
    """Append rows after those of an earlier run; touches no file before the first row comes, and none without a path."""

    def __init__(self, path: Path | None, manifest: dict[str, Any], earlier: Earlier) -> None:
        self._path = path
        self._manifest = manifest
        self._start = earlier.size
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin to write."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def append(self, row: Row) -> None:
        """Write one row through to the file."""
        if self._path is None:
            return
        if self._file is None:
            self._file = self._open(self._path)
        self._file.write((json.dumps(row, allow_nan=False) + "\n").encode())
        self._file.flush()

    def _open(self, path: Path) -> IO[bytes]:
        write_json(manifest_path(path), self._manifest)
        try:
            file = path.open("r+b" if self._start else "wb")
        except OSError as error:
            raise OutputError(f"Cannot write '{path}': {error.strerror}.") from error
        file.seek(self._start)
        file.truncate()
        return file


def _parse_row(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if line.endswith(b"\n") and isinstance(row, dict) and "seed" in row else None


def _check_manifest(path: Path, manifest: dict[str, Any]) -> None:
    try:
        found = read_manifest(path)
    except ResumeError as error:
        raise ResumeError(f"{error} {_ADVICE}") from error
    for key in manifest.keys() - {"seeds"}:
        if found.get(key) != manifest[key]:
            raise ResumeError(
                f"'{path}' was made with {key} = {json.dumps(found.get(key))}, "
                f"this run has {json.dumps(manifest[key])}. {_ADVICE}"
            )


def _check_episodes(path: Path, rows: Sequence[Row], specs: Sequence[EpisodeSpec]) -> None:
    found = [(row["task"], row["difficulty"], row["seed"], row["settings"]) for row in rows]
    if found != [(spec.task, spec.difficulty, spec.seed, dict(spec.settings)) for spec in specs[: len(found)]]:
        raise ResumeError(f"'{path}' holds other seeds than the first {len(found)} of this run. {_ADVICE}")
