"""The command line as its user meets it."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import lacelab
from lacelab import cli
from lacelab.benchmarks.commands import play
from lacelab.benchmarks.evaluate import Evaluation
from lacelab.benchmarks.exceptions import DisplayError
from lacelab.envs import graphics
from lacelab.envs.exceptions import RenderingError

FAKE = ["--world", "fake_world:make"]


@pytest.fixture
def fake_expert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the shipped policy be one that the fake world can do with."""
    monkeypatch.setattr("lacelab.agents.policies.resolve_policy", lambda name, task="": "fake_world:make_expert")


def _fail(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and captured.err.startswith("lacelab: ")
    return captured.err


def test_eval_prints_a_table_and_writes_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rows.jsonl"
    arguments = ["eval", *FAKE, "--policy", "noop", "--seeds", "0:4", "--workers", "2", "--out", str(out)]
    assert cli.main(arguments) == 0
    printed = capsys.readouterr().out
    for text in ("ThreadEyelet · standard · noop", "3/4", "75.0 %", "30.1 - 95.4", "failed out of time", "seeds 3"):
        assert text in printed
    assert [json.loads(line)["seed"] for line in out.read_text().splitlines()] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--task", "ThreadEylet"], "Unknown task 'ThreadEylet'. Did you mean 'ThreadEyelet'? Valid: PickLace,"),
        (["--difficulty", "medium"], "Unknown difficulty 'medium'. Valid: easy, standard, hard."),
        (["--policy", "expret"], "Unknown policy 'expret'. Did you mean 'expert'?"),
        (["--policy", "nowhere:make"], "No module 'nowhere' for 'nowhere:make'."),
        (["--policy", "runs/policy.pt"], "There is no checkpoint 'runs/policy.pt'."),
        (["--seeds", "5:2"], "Seeds '5:2' name no seed. Valid: a range '0:200'"),
        (["--seeds", "one"], "Seeds 'one' do not follow the grammar at 'one'."),
        (["--workers", "0"], "0 workers cannot work."),
        (["--world", "mars"], "Unknown world 'mars'. Valid: sim, pixels, twin, openarm, ros2, module:factory."),
    ],
)
def test_wrong_arguments(
    arguments: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], fake_expert: None
) -> None:
    out = tmp_path / "folder" / "rows.jsonl"
    assert text in _fail(capsys, "eval", *arguments, "--out", str(out))
    assert not out.parent.exists()


def test_rows_of_another_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rows.jsonl"
    arguments = ["eval", *FAKE, "--seeds", "0:2", "--out", str(out)]
    assert cli.main([*arguments, "--policy", "noop"]) == 0
    capsys.readouterr()
    assert 'was made with policy = "noop", this run has "random".' in _fail(capsys, *arguments, "--policy", "random")
    assert cli.main([*arguments, "--policy", "random", "--overwrite"]) == 0


def test_interrupt(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: Any, **settings: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lacelab.benchmarks.evaluate.evaluate", interrupt)
    assert cli.main(["eval", *FAKE, "--policy", "noop"]) == 130
    assert "goes on from here" in capsys.readouterr().err


def test_demo_leaves_rows_video_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str], fake_expert: None) -> None:
    assert cli.main(["demo", *FAKE, "--episodes", "4", "--out", str(tmp_path)]) == 0
    assert "75.0 %" in capsys.readouterr().out
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 4
    assert (tmp_path / "video.mp4").read_bytes()[4:8] == b"ftyp"
    assert "data:video/mp4;base64," in (tmp_path / "report.html").read_text()


def test_demo_without_opengl_makes_everything_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fake_expert: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise RenderingError("Neither EGL nor OSMesa works. Run: apt-get install something")

    monkeypatch.setattr(graphics, "find_backend", fail)
    assert cli.main(["demo", *FAKE, "--episodes", "2", "--out", str(tmp_path)]) == 0
    assert "No video: Neither EGL nor OSMesa works. Run: apt-get install" in capsys.readouterr().err
    assert "<video" not in (tmp_path / "report.html").read_text()
    assert not (tmp_path / "video.mp4").exists()


def test_render(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "film.mp4"
    assert cli.main(["render", *FAKE, "--policy", "noop", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "Rendering with " in printed and f"Success; video: {out}" in printed and out.stat().st_size > 500
    assert "Unknown policy 'nop'. Did you mean 'noop'?" in _fail(capsys, "render", "--policy", "nop")


def test_play_without_a_display(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert "There is no display for a window. Use 'lacelab render'" in _fail(capsys, "play", "--policy", "noop")
    with pytest.raises(DisplayError):
        play.require_display()
    monkeypatch.setenv("DISPLAY", ":0")
    play.require_display()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["report"],
            "There is nothing to report. Valid: files of rows, such as 'lacelab report rows.jsonl', or --method.",
        ),
        (["report", "none.jsonl"], "Cannot read 'none.jsonl': No such file or directory.\n"),
        (["play", "--policy", "noop", "--speed", "0"], "speed is 0.0. Valid: a number from 0.01 to 100."),
        (["demo", "--episodes", "0"], "episodes is 0. Valid: a whole number from 1 to 100000."),
    ],
)
def test_wrong_arguments_of_other_commands(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert text in _fail(capsys, *arguments)
    assert not list(tmp_path.iterdir())


def test_tasks_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["tasks"]) == 0
    printed = capsys.readouterr().out
    for text in ("lacelab/PickLace-v0", "lacelab/LaceShoe-v0", "40 s", "easy", "hard", "5 mm"):
        assert text in printed


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert capsys.readouterr().out == f"lacelab {project['version']}\n"
    assert lacelab.__version__ == project["version"]


@pytest.mark.parametrize("arguments", [["eval", "--sedes", "0:3"], ["evaluate"], []])
def test_unknown_options_and_commands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from lacelab import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: print(sorted({'torch', 'mujoco', 'dm_control', 'scipy'} & set(sys.modules)), file=sys.stderr)"
    )
    environment = {"PYTHONPATH": ":".join(sys.path), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stderr.strip() == "[]" and "demo" in done.stdout


def test_who_stops_reading_gets_no_traceback() -> None:
    """As `lacelab eval --help | head` does."""
    code = "import sys; from lacelab import cli; sys.exit(cli.main(['eval', '--help']))"
    reader, writer = os.pipe()
    os.close(reader)
    environment = {"PYTHONPATH": ":".join(sys.path)}
    with os.fdopen(writer) as output:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=output, stderr=subprocess.PIPE, env=environment, check=False
        )
    assert (done.stderr, done.returncode) == (b"", 1)


def test_shipped_policy_is_resolved_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lacelab.agents.policies.SHIPPED", tmp_path)
    seen: list[str] = []

    def stop(evaluation: Evaluation, **settings: Any) -> None:
        seen.append(evaluation.policy)
        raise KeyboardInterrupt

    monkeypatch.setattr("lacelab.benchmarks.evaluate.evaluate", stop)
    cli.main(["eval", *FAKE])
    assert seen == ["expert"]
    assert "No learned policy is shipped yet: using the scripted expert." in capsys.readouterr().err
