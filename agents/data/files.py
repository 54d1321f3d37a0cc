"""Files of a dataset: whole or not there, and known by their checksums."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from lacelab.envs.files import replacing

from .exceptions import DatasetError

CHECKSUMS = "SHA256SUMS"  # in the format of `sha256sum --check`


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file at once: nobody ever sees a part.

    Raises:
        DatasetError: the folder or the file cannot be written.
    """
    with replacing(path, DatasetError) as temporary, temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file at once."""
    write_atomically(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        DatasetError: it is missing or torn.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise DatasetError(f"Cannot read '{path}': {error.strerror}.") from error
    except ValueError as error:
        raise DatasetError(f"'{path}' is torn: {error}.") from error


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksums(root: Path, names: list[str]) -> None:
    """Write the checksums of files below `root`, given by their relative names."""
    lines = [f"{digest(root / name)}  {name}\n" for name in sorted(names)]
    write_atomically(root / CHECKSUMS, "".join(lines).encode())


def read_checksums(root: Path) -> dict[str, str]:
    """Return the checksum of every file of a dataset.

    Raises:
        DatasetError: they are missing, so the dataset is not finished, or no dataset at all.
    """
    try:
        lines = (root / CHECKSUMS).read_text().splitlines()
    except OSError as error:
        hint = "Finish it with the command that began it." if (root / "meta").is_dir() else "Is this a dataset?"
        raise DatasetError(f"'{root}' has no {CHECKSUMS}. {hint}") from error
    pairs = [line.split("  ", 1) for line in lines]
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}
