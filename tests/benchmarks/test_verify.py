"""Submissions: whole, honest, and checked with a random share of episodes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lacelab import cli
from lacelab.benchmarks.evaluate import Evaluation, evaluate
from lacelab.benchmarks.exceptions import OptionsError, ResumeError, SampleError, SubmissionError
from lacelab.benchmarks.verify import Verifier

FAKE = ["--world", "fake_world:make", "--policy", "noop"]
Edit = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def submission(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return rows and manifest of a suite."""
    out = tmp_path_factory.mktemp("submission") / "rows.jsonl"
    assert cli.main(["bench", "ci", *FAKE, "--out", str(out)]) == 0
    return {name: (out.parent / name).read_text() for name in ("rows.jsonl", "rows.manifest.json")}


@pytest.fixture
def path(submission: dict[str, str], tmp_path: Path) -> Path:
    """Write the submission to a folder of its own."""
    for name, text in submission.items():
        (tmp_path / name).write_text(text)
    return tmp_path / "rows.jsonl"


def _edit(path: Path, edit: Edit) -> None:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in edit(rows)))


def _edit_manifest(path: Path, **changes: Any) -> None:
    manifest = path.with_suffix(".manifest.json")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | changes))


def test_an_honest_submission(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "verify", "--out", str(path), "--draw", "1"]) == 0
    assert "5 of 50 rows run again, 0 differ" in capsys.readouterr().out


def test_a_changed_row_is_found(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _edit(path, lambda rows: [row | {"duration": 0.2} for row in rows])
    assert cli.main(["bench", "verify", "--out", str(path), "--draw", "1"]) == 1
    printed = capsys.readouterr().out
    assert "differs: ThreadEyelet standard seed 10000" in printed and "duration: claimed 0.2, found 0.25" in printed


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda rows: rows[:-1], "50 episodes were promised, there are 49 rows"),
        (
            lambda rows: [*rows[:7], rows[8], *rows[8:]],
            "row 8 is ThreadEyelet standard seed 1000008, promised was ThreadEyelet standard seed 1000007",
        ),
        (lambda rows: [rows[0] | {"difficulty": "easy"}, *rows[1:]], "row 1 is ThreadEyelet easy seed"),
        (
            lambda rows: [row | {"policy": "expert"} for row in rows],
            "row 1 is of policy 'expert', the manifest of 'noop'",
        ),
    ],
)
def test_what_failed_cannot_be_left_out(edit: Edit, text: str, path: Path) -> None:
    _edit(path, edit)
    found = Verifier().check(path)
    assert found.checked == 0 and len(found.mismatches) == 1 and found.mismatches[0].startswith(text)


def test_a_policy_at_another_place(path: Path) -> None:
    _edit(path, lambda rows: [row | {"policy": "/theirs/noop"} for row in rows])
    _edit_manifest(path, policy="/theirs/noop")
    assert Verifier(policy="noop", draw=0).check(path).mismatches == []


def test_another_checkpoint_is_refused(path: Path) -> None:
    _edit_manifest(path, checkpoint_sha256="abc")
    assert Verifier().check(path).mismatches == ["manifest: checkpoint_sha256: claimed 'abc', found None"]


def test_private_seeds_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeds, out = tmp_path / "seeds", tmp_path / "rows.jsonl"
    seeds.write_text("20:70")
    assert cli.main(["bench", "ci", *FAKE, "--private-seeds", str(seeds), "--out", str(out)]) == 0
    check = ["bench", "verify", "--out", str(out)]
    assert cli.main([*check, "--private-seeds", str(seeds)]) == 0
    assert cli.main(check) == 2
    assert "made with private seeds: name their file with --private-seeds." in capsys.readouterr().err
    seeds.write_text("20:69,99")
    assert cli.main([*check, "--private-seeds", str(seeds)]) == 1
    assert "private_seeds_sha256: claimed" in capsys.readouterr().out


def test_rows_of_one_evaluation(tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    evaluate(Evaluation("ThreadEyelet", "hard", "noop", (3, 5, 9), world="fake_world:make"), out=out)
    assert Verifier(share=1.0).check(out) == (3, 3, [], [])
    _edit(out, lambda rows: [row | {"versions": row["versions"] | {"mujoco": "1.0"}} for row in rows])
    assert Verifier().check(out).versions[0].startswith("mujoco 1.0, here 3")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"format": 1}, "has format 1, this version checks 2"),
        ({"suite_version": 7}, "is of ci v7, here it is v1"),
        ({"world": 3}, "is not a whole manifest"),
        ({"private_seeds_sha256": "abc"}, "was made with private seeds"),
    ],
)
def test_manifests_that_cannot_be_checked(changes: dict[str, Any], text: str, path: Path) -> None:
    _edit_manifest(path, **changes)
    with pytest.raises(SubmissionError, match=text):
        Verifier().check(path)


def test_nothing_to_check(path: Path) -> None:
    path.with_suffix(".manifest.json").unlink()
    with pytest.raises(ResumeError, match="no readable 'rows.manifest.json'"):
        Verifier().check(path)
    (path.parent / "empty.jsonl").touch()
    (path.parent / "empty.manifest.json").write_text("{}")
    with pytest.raises(SampleError, match="holds no row to verify"):
        Verifier().check(path.parent / "empty.jsonl")
    with pytest.raises(OptionsError, match="A share of 0 cannot be run again"):
        Verifier(share=0.0)
