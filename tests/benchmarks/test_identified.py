"""A hidden robot is found again through a wire and noisy encoders."""

import pytest

from lacelab.benchmarks.identified import HIDDEN, find

_BAR = 0.15  # of the hidden value


@pytest.mark.slow
def test_hidden_values_are_found_again() -> None:
    fitted, intervals = find(HIDDEN)
    assert fitted == pytest.approx(HIDDEN, rel=_BAR)
    assert all(0.0 < intervals[name] < _BAR * value for name, value in HIDDEN.items())
