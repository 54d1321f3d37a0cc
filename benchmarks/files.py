"""Result files: whole or not there, and the same bytes for the same content."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from .exceptions import OutputError


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file at once: a reader sees the old content or the new, never a part."""
    write_atomically(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file by way of a temporary neighbour.

    Raises:
        OutputError: the folder or the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"Cannot write '{path}': {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
