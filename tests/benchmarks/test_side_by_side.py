"""Speed compared with a release, in turns: on a small repository with speed tests of its own."""

import json
import subprocess
from pathlib import Path

import pytest

from lacelab.benchmarks.exceptions import BaselineError
from lacelab.benchmarks.performance import side_by_side
from lacelab.benchmarks.performance.side_by_side import SideBySide, checked_out, compare, last_release

CONFTEST = """
def pytest_benchmark_update_json(config, benchmarks, output_json):
    seconds = {test["name"]: test["stats"]["median"] for test in output_json["benchmarks"]}
    output_json.clear()
    output_json.update(seconds=seconds)
"""
TESTS = """
import time

def test_nap(benchmark):
    benchmark.pedantic(lambda: time.sleep(NAP), rounds=3)

def test_steady(benchmark):
    benchmark.pedantic(lambda: time.sleep(0.2), rounds=3)
"""


def _git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository whose nap became longer since the last release."""
    suite = tmp_path / "here" / side_by_side.SUITE
    suite.mkdir(parents=True)
    (suite / "conftest.py").write_text(CONFTEST)
    (suite / "test_speed.py").write_text(TESTS.replace("NAP", "0.1"))
    root = tmp_path / "here"
    _git(root, "init", "--quiet")
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "-m", "Release")
    monkeypatch.setattr(side_by_side, "ROOT", root)
    (suite / "test_speed.py").write_text(TESTS.replace("NAP", "0.3"))
    return root


def test_what_became_slower_is_found(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert SideBySide(rounds=1).run() == 0
    assert "There is no release yet" in capsys.readouterr().out
    _git(root, "tag", "v1.0")
    assert last_release(root) == "v1.0"
    out = tmp_path / "out.json"
    assert SideBySide(rounds=1, out=out).run() == 1
    ratios = {name: figure["ratio"] for name, figure in json.loads(out.read_text())["seconds"].items()}
    assert ratios["test_nap"] > 2 and 0.7 < ratios["test_steady"] < 1.5
    assert "slower" in capsys.readouterr().out
    listed = subprocess.run(["git", "worktree", "list"], cwd=root, capture_output=True, text=True, check=True).stdout
    assert listed.count("\n") == 1


def test_the_fastest_turn_counts() -> None:
    changes = compare([{"a": 3.0, "b": 1.0}, {"a": 2.0, "b": 2.0}], [{"a": 2.0, "gone": 1.0}, {"a": 4.0, "gone": 1.0}])
    assert [(change.name, change.ratio) for change in changes] == [("a", 1.0)]
    with pytest.raises(BaselineError, match="have no speed test in common"):
        compare([{"a": 1.0}], [{"b": 1.0}])


def test_releases_that_cannot_be_measured(root: Path) -> None:
    with pytest.raises(BaselineError, match="Cannot check out 'v9': "), checked_out(root, "v9"):
        pass
    (root / side_by_side.SUITE / "conftest.py").write_text("nonsense(")
    with pytest.raises(BaselineError, match="The speed tests in '.*' do not run"):
        SideBySide("HEAD", rounds=1).run()
