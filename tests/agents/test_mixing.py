"""Two kinds of frames in one list."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lacelab.agents.mixing import mixed


@pytest.mark.parametrize(
    ("rest", "part", "share", "times"), [(12, 4, 0.25, (1, 1)), (90, 10, 0.5, (1, 9)), (5, 40, 0.2, (32, 1))]
)
def test_whichever_is_too_small_counts_several_times(
    rest: int, part: int, share: float, times: tuple[int, int]
) -> None:
    found = mixed(np.arange(rest), 1000 + np.arange(part), share)
    counts = [np.unique(found[chosen], return_counts=True)[1] for chosen in (found < 1000, found >= 1000)]
    assert [set(count.tolist()) for count in counts] == [{times[0]}, {times[1]}]
    assert (found >= 1000).mean() == pytest.approx(share)


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0.01, 0.95))
def test_the_share_is_met_as_well_as_whole_numbers_allow(rest: int, part: int, share: float) -> None:
    found = mixed(np.arange(rest), 1000 + np.arange(part), share)
    odds = (found >= 1000).mean() / (found < 1000).mean()
    assert 0.6 < odds / (share / (1.0 - share)) < 1.6
    assert len(set(found.tolist())) == rest + part
