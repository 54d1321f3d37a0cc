"""Recordings on disk: NumPy archives that are whole or not there."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from lacelab.envs.files import replacing

from .exceptions import RobotError


def save_arrays(path: Path, **arrays: Any) -> None:
    """Write arrays into a compressed archive at once: a recording that took a robot's time is never half replaced.

    Raises:
        RobotError: the folder or the file cannot be written.
    """
    with replacing(path, RobotError) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
