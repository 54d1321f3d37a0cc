"""Whatever goes in, acceleration and jerk of what comes out are bounded; standing still is reached exactly."""

import numpy as np
import pytest

from lacelab.real_robot.smoothing import Smoother

_ROWS, _DT, _SPEED = 20, 0.0025, 3.0


def _input(generator: np.random.Generator, ticks: int) -> np.ndarray:
    steps = generator.choice([-1.0, 0.0, 1.0], (ticks * _ROWS, 4)) * generator.random((ticks * _ROWS, 4)).round()
    return np.cumsum(steps * _SPEED * _DT, axis=0)


@pytest.mark.parametrize("windows", [(8, 4), (1, 1), (12, 6)])
def test_bounds_hold_for_any_input(windows: tuple[int, int]) -> None:
    smoother = Smoother(_ROWS, _DT, windows)
    smoother.start(np.zeros(4))
    inputs = _input(np.random.default_rng(0), 200)
    played = np.concatenate([smoother.push(tick)[0][:_ROWS] for tick in inputs.reshape(200, _ROWS, 4)])
    velocity = np.diff(played, axis=0) / _DT
    acceleration = np.diff(velocity, axis=0) / _DT
    jerk = np.diff(acceleration, axis=0) / _DT
    assert np.abs(velocity).max() <= _SPEED * (1 + 1e-9)
    assert np.abs(acceleration).max() <= 2 * _SPEED / (windows[0] * _DT) * (1 + 1e-6)
    assert np.abs(jerk).max() <= 4 * _SPEED / (windows[0] * windows[1] * _DT**2) * (1 + 1e-6)


def test_the_tail_comes_to_rest_at_the_last_input() -> None:
    smoother = Smoother(_ROWS, _DT, (8, 4))
    smoother.start(np.zeros(4))
    position, velocity = smoother.push(np.linspace(0.0, 0.1, _ROWS)[:, None] * np.ones(4))
    assert len(position) == _ROWS + smoother.tail
    np.testing.assert_allclose(position[-1], smoother.last, atol=1e-12)
    np.testing.assert_allclose(velocity[-1], np.full(4, 0.1 / (_ROWS - 1) / _DT / 32), rtol=1e-6)


@pytest.mark.parametrize("late", [3, 7, 9, -5])
def test_goes_on_smoothly_after_a_late_or_early_command(late: int) -> None:
    smoother = Smoother(_ROWS, _DT, (8, 4))
    smoother.start(np.zeros(1))
    first, speed = smoother.push(np.linspace(0.0, 0.1, _ROWS)[:, None])
    played = _ROWS + late
    smoother.skip(late)
    second, _ = smoother.push(np.repeat(smoother.last[None], _ROWS, axis=0))
    expected = first[played - 1] + speed[played] * _DT if late > 0 else None
    if expected is not None:
        np.testing.assert_allclose(second[0], expected, atol=1e-12)
    assert abs(second[0] - first[played - 1]) <= _SPEED * _DT
