"""Recordings on disk: NumPy archives that are whole or not there."""

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from .exceptions import RobotError


def save_arrays(path: Path, **arrays: Any) -> None:
    """Write arrays into a compressed archive at once: a recording that took a robot's time is never half replaced.

    Raises:
        RobotError: the folder or the file cannot be written.
    """
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise RobotError(f"Cannot write '{path}': {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
