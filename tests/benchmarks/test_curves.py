"""Learning curves, of single runs and of methods with several training seeds."""

import json
from pathlib import Path

import numpy as np
import pytest

from lacelab.agents.training.online import Round
from lacelab.benchmarks.exceptions import OptionsError, ResumeError
from lacelab.benchmarks.report.curve_files import find_curves, read_curves
from lacelab.benchmarks.report.curves import Curve, draw_curves, mean_curve


def test_a_run(tmp_path: Path) -> None:
    path = tmp_path / "curves.jsonl"
    path.write_text('{"run": "a", "step": 10, "success": 1}\n{"run": "a", "step": 0, "success": 0}\n')
    (curve,) = read_curves(path)
    assert curve.points == [(0.0, 0.0), (10.0, 1.0)]
    picture = draw_curves([curve])
    assert 'd="M40.0 236.0L628.0 10.0"' in picture and "10 steps" in picture


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "'run'"),
        ('{"run": "a", "step": 1, "success": 30}', "30 is no rate"),
        ("3", "'int' object"),
        ('[{"episodes": 3, "successes": 0, "tried": 0}]', "division by zero"),
    ],
)
def test_files_that_hold_something_else(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "curves"
    path.write_text(text)
    with pytest.raises(ResumeError, match=f"holds no learning curves: {reason}"):
        read_curves(path)


def test_training_seeds_have_a_mean(tmp_path: Path) -> None:
    path = tmp_path / "curves.jsonl"
    entry = {"method": "flow", "episodes": 50}
    lines = [entry | {"run": run, "step": 10 * step, "success": step * run / 10} for run in (1, 3) for step in range(3)]
    path.write_text("\n".join(json.dumps(line) for line in [*lines, entry | {"run": 1, "step": 99, "success": 1}]))
    curves = read_curves(path)
    assert [(curve.method, curve.name, curve.episodes) for curve in curves] == [("flow", "1", 50), ("flow", "3", 50)]
    assert np.allclose(mean_curve(curves), [(0.0, 0.0), (10.0, 0.2), (20.0, 0.4)])
    picture = draw_curves([*curves, Curve("<alone>", [(0.0, 0.5), (99.0, 0.5)])])
    assert picture.count('opacity="0.45"') == 2 and "flow: mean of 2 training seeds, 50 episodes a point" in picture
    assert "&lt;alone&gt;" in picture and picture.count('stroke-width="2.5"') == 2


def test_curves_of_online_learning(tmp_path: Path) -> None:
    for seed in (0, 1):
        folder = tmp_path / f"run{seed}"
        folder.mkdir()
        rounds = [Round(96, 40 + seed, 96), Round(108, 6 + seed, 12)]
        (folder / "curve.json").write_text(json.dumps([point._asdict() for point in rounds]))
    one, two = find_curves([f"steering={tmp_path}/run*/curve.json"])
    assert (one.method, one.name, one.unit, one.episodes) == ("steering", "run0", "episodes", None)
    assert two.points == pytest.approx(np.array([(96, 41 / 96), (108, 7 / 12)]))
    assert "108 episodes" in draw_curves([one, two])
    assert [curve.method for curve in find_curves([str(tmp_path / "run1" / "curve.json")])] == [""]
    with pytest.raises(OptionsError, match="Method 'a' has no learning curves: 'none.*' matches no file."):
        find_curves(["a=none*"])
    with pytest.raises(ResumeError, match="Cannot read '.*nowhere': No such file"):
        find_curves([str(tmp_path / "nowhere")])
