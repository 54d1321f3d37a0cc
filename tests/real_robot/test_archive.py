"""Recordings on disk are whole, or the old one stays."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lacelab.real_robot import archive
from lacelab.real_robot.archive import save_arrays
from lacelab.real_robot.exceptions import RobotError


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "motion.npz"
    save_arrays(path, times=np.arange(3.0), name="left")
    with np.load(path) as arrays:
        assert arrays["times"].tolist() == [0, 1, 2] and str(arrays["name"]) == "left"
    assert [file.name for file in path.parent.iterdir()] == ["motion.npz"]


def test_a_crash_leaves_the_old_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "motion.npz"
    save_arrays(path, times=np.zeros(2))
    before = path.read_bytes()

    def fail(file: Any, **arrays: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.np, "savez_compressed", fail)
    with pytest.raises(RobotError, match="Cannot write '.*motion.npz': No space left on device"):
        save_arrays(path, times=np.ones(2))
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["motion.npz"]
