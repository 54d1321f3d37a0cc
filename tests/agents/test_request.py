"""What an observation asks for."""

from typing import Any

import numpy as np
import pytest

from lacelab.agents.request import asked_for, with_an_eyelet
from lacelab.envs.goals import EyeletGoal, PickGoal
from lacelab.envs.language import decode, encode, instruction, paraphrases, parse
from lacelab.envs.spec import SIDES, Side


def _asks(text: str) -> dict[str, Any]:
    return {"instruction": encode(text), "time": np.zeros(1)}


def test_the_lace_that_an_eyelet_is_asked_for() -> None:
    for side in SIDES:
        assert asked_for(_asks(f"thread the {side} lace through the second hole on the left")) == side.index
        assert asked_for(_asks(f"pick up the {side} lace")) is None


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("lace", SIDES)
def test_who_is_asked_to_pick_a_lace_up_is_asked_to_thread_it(lace: Side, held_out: bool) -> None:
    goal = PickGoal(lace)
    for choice in range(len(paraphrases("PickLace", goal, held_out))):
        seen = _asks(instruction("PickLace", goal, choice, held_out))
        asked = with_an_eyelet(seen)
        assert parse(decode(asked["instruction"])) == EyeletGoal(lace, lace, 1)
        assert asked["instruction"].dtype == seen["instruction"].dtype
        assert asked["time"] is seen["time"]


def test_other_instructions_stay_as_they_are() -> None:
    for text in ("thread the left lace through the first hole on the right", "lace the shoe"):
        seen = _asks(text)
        assert with_an_eyelet(seen) is seen
