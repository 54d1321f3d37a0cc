"""Rows do not depend on workers or interruptions; nothing is written on bad input."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lacelab.agents.exceptions import LoadingError
from lacelab.benchmarks.evaluate import Evaluation, evaluate
from lacelab.benchmarks.exceptions import OutputError, ResumeError, WorkerError
from lacelab.envs.exceptions import UnknownNameError

TWELVE = Evaluation("ThreadEyelet", "standard", "noop", tuple(range(12)), world="fake_world:make")
FEW = dataclasses.replace(TWELVE, seeds=(0, 3, 5))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of all rows, run by one worker without interruption."""
    out = tmp_path_factory.mktemp("undisturbed") / "rows.jsonl"
    evaluate(TWELVE, out=out)
    return out.read_bytes()


def test_rows_are_in_order_and_count_every_outcome(undisturbed: bytes) -> None:
    rows = [json.loads(line) for line in undisturbed.splitlines()]
    assert [row["seed"] for row in rows] == list(range(12))
    outcomes = {row["seed"]: row["outcome"] for row in rows if not row["success"]}
    assert outcomes == {3: "failure", 5: "diverged", 6: "invalid", 8: "crashed", 9: "crashed"}
    assert rows[9]["reason"] == "the process died with exit code -9"


def test_rows_are_the_same_for_any_number_of_workers(undisturbed: bytes, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    evaluate(TWELVE, out=out, workers=3)
    assert out.read_bytes() == undisturbed


def test_each_worker_builds_its_world_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("FAKE_WORLD_LOG", str(log))
    evaluate(dataclasses.replace(TWELVE, seeds=(0, 1, 2, 4)), workers=2)
    assert len(log.read_text().split()) <= 2


def test_files_beside_the_rows(tmp_path: Path) -> None:
    out = tmp_path / "deeper" / "rows.jsonl"
    evaluate(FEW, out=out)
    assert {path.name for path in out.parent.iterdir()} == {
        "rows.jsonl",
        "rows.manifest.json",
        "rows.summary.json",
        "rows.timing.json",
    }
    summary = json.loads(out.with_suffix(".summary.json").read_text())
    assert summary["success"]["successes"] == 1 and summary["outcomes"]["diverged"] == 1
    assert summary["funnel"][1]["reached"]["successes"] == 1
    timing = json.loads(out.with_suffix(".timing.json").read_text())
    assert timing["episodes"] == 3 and timing["simulated_seconds"] == pytest.approx(0.75)


def test_a_finished_run_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "rows.jsonl"
    evaluate(FEW, out=out)
    monkeypatch.setenv("FAKE_WORLD_LOG", str(tmp_path / "log"))
    seen: list[dict[str, Any]] = []
    assert len(evaluate(FEW, out=out, on_row=seen.append).rows) == len(seen) == 3
    assert not (tmp_path / "log").exists()


def test_seeds_can_be_prolonged_and_a_torn_line_is_redone(undisturbed: bytes, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    evaluate(dataclasses.replace(TWELVE, seeds=tuple(range(6))), out=out)
    out.write_bytes(out.read_bytes()[:-40])
    evaluate(TWELVE, out=out)
    assert out.read_bytes() == undisturbed


def test_killed_run_resumes(undisturbed: bytes, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    settings = dataclasses.asdict(TWELVE)
    code = (
        "from pathlib import Path; from lacelab.benchmarks.evaluate import Evaluation, evaluate\n"
        f"if __name__ == '__main__': evaluate(Evaluation(**{settings!r}), out=Path({str(out)!r}), workers=2)"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    environment = {**os.environ, "FAKE_WORLD_DELAY": "0.3", "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, str(script)], env=environment)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (out.exists() and out.read_bytes().count(b"\n") >= 3):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 3 <= out.read_bytes().count(b"\n") < 12
    evaluate(TWELVE, out=out, workers=2)
    assert out.read_bytes() == undisturbed


def test_rows_of_another_run_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    evaluate(FEW, out=out)
    before = out.read_bytes()
    with pytest.raises(ResumeError, match='was made with difficulty = "standard", this run has "hard".*--overwrite'):
        evaluate(dataclasses.replace(FEW, difficulty="hard"), out=out)
    with pytest.raises(ResumeError, match="holds other seeds than the first 3 of this run"):
        evaluate(dataclasses.replace(FEW, seeds=(0, 3)), out=out)
    assert out.read_bytes() == before
    evaluate(dataclasses.replace(FEW, seeds=(0,)), out=out, overwrite=True)
    assert out.read_bytes() == before.splitlines(keepends=True)[0]


def test_rows_without_manifest_and_broken_rows_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    evaluate(FEW, out=out)
    out.write_bytes(b"nonsense\n" + out.read_bytes())
    with pytest.raises(ResumeError, match="Line 1 of '.*rows.jsonl' is not a row."):
        evaluate(FEW, out=out)
    out.write_bytes(out.read_bytes()[9:])
    out.with_suffix(".manifest.json").unlink()
    with pytest.raises(ResumeError, match="holds rows but no readable 'rows.manifest.json'"):
        evaluate(FEW, out=out)


def test_bad_input_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "folder" / "rows.jsonl"
    with pytest.raises(UnknownNameError, match="Unknown policy 'expret'"):
        dataclasses.replace(FEW, policy="expret")
    with pytest.raises(
        UnknownNameError, match="Unknown world 'mars'. Valid: sim, pixels, twin, openarm, ros2, module:factory."
    ):
        dataclasses.replace(FEW, world="mars")
    with pytest.raises(LoadingError, match="No module 'nowhere'"):
        dataclasses.replace(FEW, policy="nowhere:make")
    with pytest.raises(WorkerError, match="no weights here"):
        evaluate(dataclasses.replace(FEW, policy="fake_world:make_failing"), out=out)
    with pytest.raises(WorkerError, match="0 workers cannot work"):
        evaluate(FEW, out=out, workers=0)
    assert not out.parent.exists()


def test_unwritable_output(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Cannot write '.*file/rows.manifest.json': "):
        evaluate(FEW, out=tmp_path / "file" / "rows.jsonl")
