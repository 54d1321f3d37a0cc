"""Files are whole or not there."""

import hashlib
from pathlib import Path

import pytest

from lacelab.agents.data import files
from lacelab.agents.data.exceptions import DatasetError


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "folder" / "file"
    files.write_atomically(path, b"old")

    def fail(descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(DatasetError, match=r"Cannot write '.*file': disk full."):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]


def test_json(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    files.write_json(path, {"a": [1, None]})
    assert files.read_json(path) == {"a": [1, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(path, float("nan"))
    path.write_text('{"a": [1,')
    with pytest.raises(DatasetError, match="is torn: Expecting value"):
        files.read_json(path)
    with pytest.raises(DatasetError, match=r"Cannot read '.*nothing': No such file or directory."):
        files.read_json(tmp_path / "nothing")


def test_checksums_are_those_of_sha256sum(tmp_path: Path) -> None:
    for name in ("b", "a b"):
        (tmp_path / name).write_text(name)
    files.write_checksums(tmp_path, ["b", "a b"])
    wanted = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("a b", "b")}
    assert (tmp_path / files.CHECKSUMS).read_text() == "".join(f"{wanted[name]}  {name}\n" for name in wanted)
    assert files.read_checksums(tmp_path) == wanted


def test_folders_without_checksums(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has no SHA256SUMS. Is this a dataset\?"):
        files.read_checksums(tmp_path)
    (tmp_path / "meta").mkdir()
    with pytest.raises(DatasetError, match="Finish it with the command that began it."):
        files.read_checksums(tmp_path)
