"""Result files: whole or not there, and the same bytes for the same content."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .exceptions import OutputError


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file at once."""
    write_atomically(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file at once; see `replacing`."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary neighbour that takes the file's place when all went well: nobody ever sees a part.

    Raises:
        OutputError: the folder or the file cannot be written.
    """
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"Cannot write '{path}': {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
