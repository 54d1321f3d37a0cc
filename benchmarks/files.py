"""Result files: whole or not there, and the same bytes for the same content."""

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from lacelab.envs import files

from .exceptions import OutputError


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file at once."""
    write_atomically(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file at once; see `replacing`."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def replacing(path: Path) -> AbstractContextManager[Path]:
    """Return a block with a temporary neighbour that takes the file's place when all went well; see `envs.files`.

    Raises:
        OutputError: the folder or the file cannot be written.
    """
    return files.replacing(path, OutputError)
