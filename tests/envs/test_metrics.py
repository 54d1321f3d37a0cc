"""Running figures against numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lacelab.envs.metrics import PhysicsMetrics


class _Measured:
    """Stands for a simulation of which the penetration is known."""

    def __init__(self, depth: float) -> None:
        self.depth = depth

    def penetration(self) -> float:
        return self.depth

    def stretch(self) -> tuple[float, float]:
        return 10 * self.depth, 100 * self.depth


def _metrics(depths: list[float]) -> PhysicsMetrics:
    metrics = PhysicsMetrics()
    for depth in depths:
        metrics.update(_Measured(depth))  # type: ignore[arg-type]
    return metrics


@given(st.lists(st.floats(0.0, 0.01), min_size=1, max_size=300))
def test_percentile_is_numpys(depths: list[float]) -> None:
    info = _metrics(depths).as_info()
    assert info["penetration_p99"] == pytest.approx(np.percentile(depths, 99), abs=1e-15)
    assert info["penetration_max"] == max(depths)
    assert info["peak_stretch"] == 10 * max(depths) and info["peak_tension"] == 100 * max(depths)


def test_nothing_measured() -> None:
    assert set(PhysicsMetrics().as_info().values()) == {0.0}


def test_a_copy_is_independent() -> None:
    metrics = _metrics([0.1, 0.3])
    copied = metrics.copy()
    metrics.update(_Measured(0.2))  # type: ignore[arg-type]
    assert copied.penetration == [0.1, 0.3] and metrics.penetration == [0.1, 0.2, 0.3]
