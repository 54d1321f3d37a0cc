"""Handovers that policies rolled out."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aglets import AROUND, OPEN, handed_over

from lacelab.agents.data.schema import TOKENS, flatten
from lacelab.agents.motions import hands_of
from lacelab.agents.rollouts import Rollout, keep_rollout
from lacelab.agents.sure_take import TAKEN_TIP
from lacelab.benchmarks.exceptions import SampleError
from lacelab.benchmarks.handovers import Handovers, handover, measures
from lacelab.envs.language import encode

PUSHED = np.array(
    [-0.019, 0.0, 0.0]
)  # m, of the tip in the frame of the hand that pushes it, which is turned as the other one is


def _look(threaded: float, short: float = 0.0, opening: float = OPEN, behind: float = 0.019) -> dict[str, Any]:
    seen = handed_over(opening=opening, short=short)
    _, rotations = hands_of(seen)
    seen["target_position"][1] = seen["aglet_position"][1] + behind * rotations[1][:, 0]
    return seen | {
        "instruction": encode("thread the right lace through the second hole on the left"),
        "threaded": np.full_like(seen["threaded"], threaded),
    }


def _rollout(*looks: dict[str, Any], success: bool = True) -> Rollout:
    frames = [flatten(look) for look in looks]
    columns = {name: np.array([frame[name] for frame in frames]) for name in frames[0]}
    columns[TOKENS] = columns[TOKENS].astype(np.uint8)
    reward = np.zeros(len(looks), np.float32)
    reward[-1] = success
    return Rollout(columns, reward, 4)


BEFORE, THROUGH = _look(0.0, 0.05), _look(1.0, 0.05)
NEAR, TAKEN = _look(1.0, 0.004), _look(1.0, 0.001, AROUND)


def test_a_lace_that_is_handed_over() -> None:
    found = handover(_rollout(BEFORE, BEFORE, THROUGH, NEAR, NEAR, NEAR, TAKEN))
    assert found is not None and found.laced and found.taken is not None
    np.testing.assert_allclose(found.pushed, PUSHED, atol=1e-6)
    np.testing.assert_allclose(found.taken, TAKEN_TIP - [0.0, 0.0, 0.001], atol=1e-6)
    assert found.hovered == 3


def test_a_lace_that_nobody_takes_and_one_that_does_not_come_through() -> None:
    found = handover(_rollout(BEFORE, *[THROUGH] * 3, *[NEAR] * 150, success=False))
    assert found is not None and not found.laced and found.taken is None
    assert found.hovered == 149  # but the last tick
    assert handover(_rollout(BEFORE, BEFORE)) is None


def test_measures_and_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    well = _rollout(BEFORE, THROUGH, NEAR, TAKEN)
    slips = _rollout(BEFORE, THROUGH, *[NEAR] * 5, _look(1.0, 0.001, AROUND, behind=-0.005), success=False)
    for number, rollout in enumerate((well, well, slips, _rollout(BEFORE))):
        keep_rollout(tmp_path / f"{number}.npz", rollout)
    Handovers((tmp_path,), tmp_path / "out.json").run()
    found = json.loads((tmp_path / "out.json").read_text())
    assert (found["through"], found["laced"]) == (3, 2)
    np.testing.assert_allclose(found["taken_median"], TAKEN_TIP - [0.0, 0.0, 0.001], atol=1e-5)
    assert found["hovered"] == {"50": 1.0, "95": 1.0, "99": 1.0}
    assert found["slipped_of_laced"] == [2, 2]  # these hands point the other way
    assert found["hovered_longer_of_failed"] == [1, 1]
    assert "through: 3" in capsys.readouterr().out
    with pytest.raises(SampleError, match="No lace was handed over through an eyelet and laced"):
        measures([])
