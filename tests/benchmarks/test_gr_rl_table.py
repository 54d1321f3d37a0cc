"""The table of GR-RL's rows."""

import hashlib
import json
from pathlib import Path

import pytest
from funnels import rows
from rich.console import Console

from lacelab.agents.stage import POLICY
from lacelab.benchmarks.exceptions import ResumeError
from lacelab.benchmarks.gr_rl_table import GrRlTable, print_table
from lacelab.envs.exceptions import LaceLabError


def shown(found: dict[str, dict[str, list[dict[str, object]]]]) -> str:
    """Return what is printed."""
    console = Console(record=True, width=200)
    print_table(found, console)
    return console.export_text()


def keep(path: Path, successes: str, deployment: bool = True) -> None:
    """Write rows of the seeds from 0 on, as an evaluation leaves them."""
    found = [row | {"seed": seed} for seed, row in enumerate(rows(successes))]
    path.write_text("".join(json.dumps(row) + "\n" for row in found))
    facts = {"task": "ThreadEyelet", "difficulty": "standard", "deployment": deployment, "commit": path.name}
    facts |= {
        "mirror": False,
        "world": "sim",
        "settings": {},
        "checkpoint_sha256": hashlib.sha256(b"weights").hexdigest(),
    }
    path.with_suffix(".manifest.json").write_text(json.dumps(facts))


def test_table_shows_funnels_beside_the_papers() -> None:
    text = shown({"cloned": {"s0": rows("0011")}, "filtered": {"s0": rows("0111"), "s1": rows("1111")}})
    found = [line.replace("│", " ").split() for line in text.splitlines()]
    assert ["cloned", "4", "100.0", "50.0", "50.0", "50.0", "50.0", "(15.0-85.0)", "2"] in found
    assert ["paper", "90.6", "58.7", "46.4", "45.7"] in found
    assert ["filtered", "8", "100.0", "87.5", "87.5", "87.5", "87.5", "(52.9-97.8)", "3", "4"] in found
    assert "cloned -> filtered, 1 training run: +25.0%" in text


def test_rows_whose_policy_is_gone_are_read(tmp_path: Path) -> None:
    keep(tmp_path / "s0-cloned-standard.jsonl", "0011")
    keep(tmp_path / "s0-mirrored-standard.jsonl", "0111")
    GrRlTable(tmp_path, (tmp_path / "runs" / "s0",), seeds="0:4").run()
    table = json.loads((tmp_path / "table-standard.json").read_text())
    assert list(table["rows"]) == list(table["paper"]) == ["cloned", "mirrored"]
    assert list(table["rows"]["mirrored"]["success"]) == ["s0"]
    assert table["evaluated_at"] == {
        "s0-cloned-standard.jsonl": ["s0/cloned"],
        "s0-mirrored-standard.jsonl": ["s0/mirrored"],
    }


def test_rows_are_those_of_the_policy_that_is_there(tmp_path: Path) -> None:
    keep(tmp_path / "s0-cloned-standard.jsonl", "0011")
    policy = tmp_path / "s0" / "cloned" / POLICY
    policy.parent.mkdir(parents=True)
    policy.write_bytes(b"weights")
    GrRlTable(tmp_path, (tmp_path / "s0",), seeds="0:4").run()
    policy.write_bytes(b"others")
    with pytest.raises(ResumeError, match="checkpoint_sha256.*their policy is gone or another one"):
        GrRlTable(tmp_path, (tmp_path / "s0",), seeds="0:4").run()


@pytest.mark.parametrize(("seeds", "deployment"), [("0:3", True), ("0:5", True), ("0:4", False)])
def test_rows_of_other_episodes_are_refused(tmp_path: Path, seeds: str, deployment: bool) -> None:
    keep(tmp_path / "s0-cloned-standard.jsonl", "0011", deployment)
    with pytest.raises(ResumeError, match=f"holds 4 episodes .* needs the seeds {seeds}"):
        GrRlTable(tmp_path, (tmp_path / "s0",), seeds=seeds).run()
    assert not (tmp_path / "table-standard.json").exists()


def test_runs_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(LaceLabError, match="give --runs FOLDER"):
        GrRlTable(tmp_path).run()
    keep(tmp_path / "s0-cloned-standard.jsonl", "0011")
    with pytest.raises(LaceLabError, match="No finished row in s1. Rows: cloned, filtered, mirrored, steered"):
        GrRlTable(tmp_path, (Path("s0"), Path("s1")), seeds="0:4").run()
    with pytest.raises(LaceLabError, match="told apart by the names of their folders: a/s0, b/s0"):
        GrRlTable(tmp_path, (Path("a/s0"), Path("b/s0")), seeds="0:4").run()
