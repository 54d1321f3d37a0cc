"""The gate: answers, exit codes and reports."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lacelab import cli
from lacelab.benchmarks.baseline import engine, make_baseline, read_baseline, write_baseline
from lacelab.benchmarks.evaluate import Evaluation, evaluate
from lacelab.benchmarks.exceptions import BaselineError
from lacelab.benchmarks.gate import Gate
from lacelab.benchmarks.sequential import Verdict

WORLD = "skill_world:make"
GOOD, POOR, SHAKY = (f"skill_world:make_{name}" for name in ("good", "poor", "shaky"))
SEEDS = tuple(range(250))


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the baselines of two policies."""
    folder, found = tmp_path_factory.mktemp("baselines"), {}
    for policy in (GOOD, POOR):
        evaluation = Evaluation("ThreadEyelet", "standard", policy, SEEDS, world=WORLD)
        found[policy] = folder / f"{policy.split('_')[-1]}.json"
        write_baseline(found[policy], make_baseline(evaluation, evaluate(evaluation).rows))
    return found


def _gate(path: Path, policy: str, *arguments: str) -> int:
    return cli.main(["gate", "--baseline", str(path), "--policy", policy, *arguments])


def test_an_unchanged_policy_is_held_soon(paths: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert _gate(paths[GOOD], GOOD, "--workers", "2") == 0
    printed = capsys.readouterr().out
    assert "HELD: 0 lost and 0 gained in" in printed and "the same bit for bit" in printed
    result = Gate(read_baseline(paths[GOOD], GOOD), GOOD).run()
    assert result.verdict is Verdict.HELD and len(result.pairs) < 60
    assert result.design is not None and result.design.power >= 0.9


def test_a_worse_policy_is_regressed_with_reports(
    paths: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: tmp_path / name for name in ("result.json", "junit.xml", "summary.md")}
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(files["summary.md"]))
    arguments = ["--out", str(files["result.json"]), "--junit", str(files["junit.xml"])]
    assert _gate(paths[GOOD], POOR, *arguments) == 1
    assert "REGRESSED: " in capsys.readouterr().out
    content = json.loads(files["result.json"].read_text())
    assert content["verdict"] == "REGRESSED" and content["episodes"] == len(content["pairs"]) < 60
    assert "### ❌ REGRESSED: ThreadEyelet" in files["summary.md"].read_text()
    suite = ElementTree.parse(files["junit.xml"]).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "1", "0")
    assert suite.find("testcase/failure") is not None
    assert "lost seed" in (suite.findtext("testcase/system-out") or "")


def test_a_better_policy_is_improved(paths: dict[str, Path]) -> None:
    assert _gate(paths[POOR], GOOD) == 4


def test_too_few_episodes_are_underpowered(paths: dict[str, Path], tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    assert _gate(paths[GOOD], GOOD, "--episodes", "10", "--junit", str(junit)) == 3
    assert ElementTree.parse(junit).getroot().get("errors") == "1"


def test_the_answer_does_not_depend_on_workers(paths: dict[str, Path]) -> None:
    one, two = (Gate(read_baseline(paths[GOOD], SHAKY), SHAKY, workers=workers).run() for workers in (1, 2))
    assert one._replace(seconds=0) == two._replace(seconds=0)
    assert not all(pair.same for pair in one.pairs)


def test_exact_mode(paths: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert _gate(paths[GOOD], GOOD, "--exact", "--episodes", "30") == 0
    assert "30 the same bit for bit; exact comparison" in capsys.readouterr().out
    result = Gate(read_baseline(paths[GOOD], SHAKY), SHAKY, exact=True).run()
    assert result.verdict is Verdict.REGRESSED and result.table.only_first == 1
    assert _gate(paths[POOR], GOOD, "--exact", "--episodes", "30") == 4


def test_exact_mode_needs_this_engine(
    paths: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(paths[GOOD].read_text())
    assert list(content["golden"]) == [engine()]
    content["golden"] = {"mujoco 2.0.0, armv7l": {}}
    path = tmp_path / "old.json"
    path.write_text(json.dumps(content))
    assert _gate(path, GOOD, "--exact") == 2
    assert "no golden outcomes for mujoco 3" in capsys.readouterr().err
    assert _gate(path, GOOD) == 0


def test_the_policy_of_a_baseline_may_be_gone(
    tmp_path: Path, paths: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(paths[GOOD].read_text().replace(f'"{GOOD}"', '"runs/gone.safetensors"'))
    assert _gate(path, GOOD) == 0
    assert "against runs/gone.safetensors" in capsys.readouterr().out
    assert _gate(path, POOR, "--write-baseline", "--episodes", "12", "--world", WORLD) == 0
    assert json.loads(path.read_text())["policy"] == POOR


def test_baselines_are_checked(tmp_path: Path, paths: dict[str, Path]) -> None:
    path = tmp_path / "baseline.json"
    with pytest.raises(BaselineError, match="Cannot read the baseline '.*': No such file.* --write-baseline"):
        read_baseline(path, GOOD)
    path.write_text("{}")
    with pytest.raises(BaselineError, match="is not a whole baseline"):
        read_baseline(path, GOOD)
    path.write_text(paths[GOOD].read_text().replace('"format": 2', '"format": 99'))
    with pytest.raises(BaselineError, match="has format 99, this version reads 2"):
        read_baseline(path, GOOD)


def test_baseline_is_written_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "baseline.json"
    arguments = ["--write-baseline", "--episodes", "12", "--world", WORLD]
    assert _gate(path, GOOD, *arguments) == 0
    assert "of 12 episodes" in capsys.readouterr().out
    first = path.read_bytes()
    assert _gate(path, GOOD, *arguments) == 0 and path.read_bytes() == first
    assert read_baseline(path, GOOD).evaluation.seeds == tuple(range(1_000_000, 1_000_012))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--episodes", "0"], "0 episodes show nothing. Valid: 1 or more."),
        (["--episodes", "-3", "--exact"], "-3 episodes show nothing."),
        (["--task", "PickLace", "--world", "sim"], "--task, --world do not go with a comparison."),
        (["--write-baseline", "--out", "a.json"], "--out does not go with --write-baseline."),
        (["--alpha", "2"], "alpha = 2 is not between 0 and 1."),
        (["--engine", "dask"], "Unknown engine 'dask'. Valid: processes, ray."),
    ],
)
def test_wrong_arguments(
    arguments: list[str], text: str, paths: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _gate(paths[GOOD], GOOD, *arguments) == 2
    assert text in capsys.readouterr().err
