"""Modules of measurements as programs."""

from pathlib import Path

import pytest

from lacelab.benchmarks import program
from lacelab.benchmarks.handovers import Handovers
from lacelab.envs.exceptions import UnknownNameError


def _raise(error: Exception) -> int:
    raise error


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (3, 3)])
def test_a_program_without_an_exit_code_of_its_own_has_succeeded(returned: int | None, code: int) -> None:
    assert program.outcome(lambda: returned) == code


def test_a_mistake_of_the_user_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.outcome(lambda: _raise(UnknownNameError("task", "Knot", ["PickLace"]))) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert captured.err.startswith("lacelab: ") and "Knot" in captured.err and "PickLace" in captured.err


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        program.outcome(lambda: 1 // 0)


def test_a_module_takes_its_options_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["handovers", str(tmp_path), "--out", str(tmp_path / "out.json")])
    with pytest.raises(SystemExit) as ended:
        program.start(Handovers)
    assert ended.value.code == 2 and "No lace was handed over" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_every_module_that_is_a_program_ends_so() -> None:
    modules = [path for path in Path("benchmarks").rglob("*.py") if "\nif __name__ ==" in path.read_text()]
    others = [path.name for path in modules if "    start(" not in path.read_text()]
    assert len(modules) > 20 and others == ["check_lerobot.py"]  # runs where lacelab is not installed
