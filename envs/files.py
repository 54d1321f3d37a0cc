"""Files that are whole or not there."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from .exceptions import LaceLabError


@contextlib.contextmanager
def replacing(path: Path, failure: type[LaceLabError]) -> Iterator[Path]:
    """Yield a temporary neighbour that takes the file's place when all went well: nobody ever sees a part.

    Args:
        path: file to write or replace.
        failure: raised if the folder or the file cannot be written.
    """
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise failure(f"Cannot write '{path}': {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
