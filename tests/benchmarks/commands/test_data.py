"""`lacelab data` as its user meets it."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import recordings

from lacelab import cli
from lacelab.agents.data import layout
from lacelab.agents.data.schema import FORMAT
from lacelab.agents.data.writer import write_dataset

MANIFEST = {"format": FORMAT, "task": "ThreadEyelet", "difficulty": "standard"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "dataset"
    write_dataset(folder, [recordings.make(seed) for seed in range(8)], MANIFEST)
    return folder


@pytest.fixture(autouse=True)
def narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def _fail(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["data", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and captured.err.startswith("lacelab: ")
    return captured.err


@pytest.mark.slow
def test_from_collecting_to_replaying(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, report = tmp_path / "dataset", tmp_path / "replay.json"
    wanted = ["collect", "--task", "PickLace", "--difficulty", "easy", "--episodes", "2", "--seed", "900000"]
    assert cli.main(["data", *wanted, "--workers", "2", "--out", str(root)]) == 0
    assert f"dataset: {root}" in capsys.readouterr().out
    assert cli.main(["data", "validate", str(root)]) == 0
    assert cli.main(["data", "replay", str(root), "--workers", "2", "--report", str(report)]) == 0
    printed = capsys.readouterr().out
    assert f"{root}: no problems" in printed and "identical observations: 2/2" in printed
    assert json.loads(report.read_text())["same outcome"]["count"] == 2
    assert cli.main(["data", "replay", str(root), "--episodes", "1", "--perturb", "0.05"]) == 0
    assert "identical observations: 0/1" in capsys.readouterr().out


def test_show_prints_tables_and_writes_them(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, plot = tmp_path / "shares.json", tmp_path / "plot.svg"
    assert cli.main(["data", "show", str(root), "--report", str(report), "--plot", str(plot)]) == 0
    printed = capsys.readouterr().out
    for text in ("novice", "practised", "all", "success %", "gave up", "failed handover", "duration, s", "retries"):
        assert text in printed
    assert "…" not in printed
    assert f"plot: {plot}" in printed
    drawn = ElementTree.parse(plot)
    texts = [element.text or "" for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"failed handover", "novice", "duration, s"} <= set(texts)
    content = json.loads(report.read_text())
    assert content["shares"]["all"]["episodes"] == 8 and sum(content["outcomes"].values()) == 8
    assert content["made_with"] == MANIFEST


def test_validate_names_what_is_wrong(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "validate", str(root)]) == 0
    assert capsys.readouterr().out == f"{root}: no problems\n"
    (root / layout.STATS).unlink()
    assert cli.main(["data", "validate", str(root)]) == 1
    assert capsys.readouterr().out == f"meta/stats.json: missing\n{root}: 1 problem\n"


def test_convert(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lacelab" / "thread-v0"
    assert cli.main(["data", "convert", str(root), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"minari: {out}\n" and (out / "data" / "main_data.hdf5").is_file()
    assert "data' exists. Choose another --out." in _fail(capsys, "convert", str(root), "--out", str(out))
    assert "Unknown format 'rlds'. Valid: minari." in _fail(
        capsys, "convert", str(root), "--out", str(out), "--to", "rlds"
    )


def test_mistakes_are_one_line(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = str(tmp_path / "nowhere")
    for command in ("show", "replay"):
        assert "has no SHA256SUMS. Is this a dataset?" in _fail(capsys, command, nowhere)
    assert "Unknown task 'PickLaces'. Did you mean 'PickLace'?" in _fail(
        capsys, "collect", "--out", nowhere, "--task", "PickLaces"
    )
    assert "Cannot collect 0 episodes" in _fail(capsys, "collect", "--out", nowhere, "--episodes", "0")
    assert "Unknown engine 'dask'. Valid: local, ray." in _fail(capsys, "collect", "--out", nowhere, "--engine", "dask")
    assert "holds something else. Choose another --out." in _fail(capsys, "collect", "--out", str(tmp_path))
    assert "has no episode 8. Valid: 0 to 7." in _fail(capsys, "show", str(root), "--episode", "8")
    assert "valid are .mp4 and .png." in _fail(capsys, "show", str(root), "--episode", "0", "--out", "film.gif")
    assert "Cannot replay 0 episodes" in _fail(capsys, "replay", str(root), "--episodes", "0")
    assert "0 workers cannot work" in _fail(capsys, "replay", str(root), "--workers", "0")
    assert not Path(nowhere).exists()
