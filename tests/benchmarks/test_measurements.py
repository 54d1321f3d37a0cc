"""The scripts that measure: kills, scaling, speed against the last release."""

import json
from pathlib import Path

import pytest
import recordings

from lacelab.agents.data.schema import FORMAT
from lacelab.agents.data.writer import write_dataset
from lacelab.benchmarks import same_rows
from lacelab.benchmarks.collection_kill_test import CollectionKillTest
from lacelab.benchmarks.kill_test import KillTest
from lacelab.benchmarks.reading import Reading
from lacelab.benchmarks.scaling import Scaling


def test_killed_suites_resume(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "kills.json"
    monkeypatch.setenv("FAKE_WORLD_DELAY", "0.1")
    assert KillTest(world="fake_world:make", kills=1, out=out).run() == 0
    assert "1 kills, 19 rows, the same bytes" in capsys.readouterr().out
    content = json.loads(out.read_text())
    assert content["same_bytes"] and len(content["kills"]) == 1


@pytest.mark.slow
def test_killed_collections_resume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "kills.json"
    assert CollectionKillTest(episodes=3, kills=2, out=out).run() == 0
    assert "2 kills, 3 episodes" in capsys.readouterr().out
    content = json.loads(out.read_text())
    assert content["same_bytes"] and content["files"] > 8 and len(content["moments"]) == 2


def test_rows_of_all_engines_are_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "rows.json"
    monkeypatch.setattr(same_rows, "RUNS", {"one": (1, "processes"), "two": (2, "processes")})
    assert same_rows.SameRows(policy="noop", world="fake_world:make", out=out).run() == 0
    content = json.loads(out.read_text())
    assert content["same_bytes"] and [run["rows"] for run in content["runs"].values()] == [19, 19]
    assert "the same bytes" in capsys.readouterr().out


def test_reading_speed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = tmp_path / "dataset", tmp_path / "reading.json"
    write_dataset(root, [recordings.make(seed) for seed in range(3)], {"format": FORMAT})
    assert Reading(root, batch=4, epochs=1, bar=1.0, out=out).run() == 0
    assert Reading(root, batch=4, epochs=1, bar=1e12).run() == 1
    assert "chunks of 16, batches of 4" in capsys.readouterr().out
    assert json.loads(out.read_text())["samples_per_second"] > 100


def test_scaling(tmp_path: Path) -> None:
    out = tmp_path / "scaling.json"
    Scaling("noop", world="fake_world:make", episodes=4, out=out).run()
    one, two = json.loads(out.read_text())["figures"]
    assert one["speedup"] == 1.0 and two["workers"] == 2
    assert two["speedup"] == pytest.approx(two["episodes_per_second"] / one["episodes_per_second"])
