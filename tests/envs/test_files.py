"""A file is replaced whole or stays as it was."""

from pathlib import Path

import pytest

from lacelab.envs.exceptions import LaceLabError
from lacelab.envs.files import replacing


class _FailedError(LaceLabError):
    """Stands for the error of a folder."""


def test_a_whole_file_takes_the_place(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "rows.json"
    for text in ("old", "new"):
        with replacing(path, _FailedError) as temporary:
            temporary.write_text(text)
        assert path.read_text() == text and list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text("old")
    with pytest.raises(_FailedError, match=r"Cannot write '.*rows.json': No space left"), replacing(path, _FailedError):
        raise OSError(28, "No space left on device")
    with pytest.raises(KeyError), replacing(path, _FailedError) as temporary:
        temporary.write_text("half")
        raise KeyError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
