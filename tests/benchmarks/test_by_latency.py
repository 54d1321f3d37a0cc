"""Rates by latency."""

import json
from pathlib import Path
from typing import Any

import pytest

from lacelab.benchmarks.by_latency import ByLatency, by_latency
from lacelab.envs.exceptions import LaceLabError


def test_every_latency_has_a_rate_of_its_own() -> None:
    rows = [{"seed": seed, "success": seed in (0, 2, 3)} for seed in range(6)]
    found = by_latency(rows, lambda seed: 2 - seed % 2)
    assert list(found) == [1, 2]
    assert [(rate.successes, rate.trials) for rate in found.values()] == [(1, 3), (2, 3)]


def _rows(folder: Path, **settings: Any) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps({"seed": seed, "success": True}) + "\n" for seed in range(4)))
    manifest = {"task": "PickLace", "difficulty": "standard", "deployment": True, "settings": {}} | settings
    path.with_suffix(".manifest.json").write_text(json.dumps(manifest))
    return path


def test_latencies_are_those_that_the_seeds_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ByLatency(_rows(tmp_path)).run()
    lines = capsys.readouterr().out.splitlines()
    assert {line.split(":")[0] for line in lines} <= {"latency 1", "latency 2"}
    assert sum(int(line.split("/")[1].split()[0]) for line in lines) == 4


@pytest.mark.parametrize("settings", [{"deployment": False}, {"settings": {"latency": 3}}])
def test_rows_whose_latency_was_not_drawn_are_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(LaceLabError, match="is not of the plain deployment mode"):
        ByLatency(_rows(tmp_path, **settings)).run()
