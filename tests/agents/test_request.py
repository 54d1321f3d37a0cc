"""What an observation asks for."""

from typing import Any

import numpy as np

from lacelab.agents.request import asked_for
from lacelab.envs.language import encode
from lacelab.envs.spec import SIDES


def _asks(text: str) -> dict[str, Any]:
    return {"instruction": encode(text), "time": np.zeros(1)}


def test_the_lace_that_an_eyelet_is_asked_for() -> None:
    for side in SIDES:
        assert asked_for(_asks(f"thread the {side} lace through the second hole on the left")) == side.index
        assert asked_for(_asks(f"pick up the {side} lace")) is None
