"""What a result was made with."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lacelab.benchmarks import versions


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Pretend that the code lies in a new repository with one commit."""
    (tmp_path / "benchmarks" / "results").mkdir(parents=True)
    (tmp_path / "code.py").write_text("a = 1\n")
    (tmp_path / "benchmarks" / "results" / "rows.jsonl").write_text("{}\n")
    identity = ("-c", "user.name=n", "-c", "user.email=e")
    for command in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "first")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(versions, "__file__", str(tmp_path / "benchmarks" / "versions.py"))
    versions.git_commit.cache_clear()
    yield tmp_path
    versions.git_commit.cache_clear()


def _commit() -> str:
    versions.git_commit.cache_clear()
    return versions.git_commit() or ""


def test_commit_and_changes(checkout: Path) -> None:
    command = ["git", "rev-parse", "HEAD"]
    head = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True).stdout.strip()
    assert _commit() == head
    (checkout / "benchmarks" / "results" / "rows.jsonl").write_text("{}\n{}\n")
    assert _commit() == head  # results are not code
    (checkout / "code.py").write_text("a = 2\n")
    first = _commit()
    (checkout / "code.py").write_text("a = 3\n")
    assert first.startswith(head + "-dirty-") and _commit().startswith(head + "-dirty-") and first != _commit()


def test_outside_a_checkout(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "__file__", str(checkout / "site" / "benchmarks" / "versions.py"))
    assert _commit() == ""


def test_versions_name_the_engines() -> None:
    found = versions.versions()
    assert list(found) == ["lacelab", "mujoco", "dm_control", "numpy", "python", "machine"] and all(found.values())
