"""Numbers from outside are finite and in their range."""

from typing import Any

import numpy as np
import pytest

from lacelab.envs.entities.lace import LaceParameters
from lacelab.envs.entities.shoe import ShoeParameters
from lacelab.envs.exceptions import LaceLabError, ParameterError
from lacelab.envs.parameters import check_count, check_number


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.25), np.int64(1)])
def test_numbers(value: Any) -> None:
    found = check_number("mass", value, 0.0, 1.0)
    assert found == value and type(found) is float


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.1, "1", None, True, [0.5]])
def test_no_numbers(value: Any) -> None:
    with pytest.raises(ParameterError, match=r"mass is .*\. Valid: a number from 0 to 1\."):
        check_number("mass", value, 0.0, 1.0)


@pytest.mark.parametrize("value", [1.5, -1, 5, True, "2", None, float("nan")])
def test_no_counts(value: Any) -> None:
    with pytest.raises(ParameterError, match=r"ticks is .*\. Valid: a whole number from 0 to 4\."):
        check_count("ticks", value, 0, 4)
    assert check_count("ticks", np.int64(3), 0, 4) == 3


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ShoeParameters(eyelets=2), "eyelets is 2. Valid: a whole number from 3 to 6."),
        (lambda: ShoeParameters(size=float("nan")), "size is nan. Valid: a number from 0.8 to 1.25."),
        (lambda: LaceParameters(length=-1.0), "length is -1.0. Valid: a number from 0.15 to 2."),
    ],
)
def test_entities_refuse_what_cannot_be_built(build: Any, message: str) -> None:
    with pytest.raises(LaceLabError, match=message):
        build()
