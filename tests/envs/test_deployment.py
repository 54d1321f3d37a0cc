"""The deployment mode: delays are exact, smoothing is bounded."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shared_worlds import MakeEnv

from lacelab.envs.deployment import Deployment, Pipeline
from lacelab.envs.exceptions import ParameterError
from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE

_GRIPPERS = np.arange(ACTION_SIZE) % ACTION_PER_ARM == ACTION_PER_ARM - 1
_INSTANT = Deployment(acceleration=2.0, jerk=4.0)


def _run(pipeline: Pipeline, actions: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([pipeline.action(action) for action in actions])


@pytest.mark.parametrize("latency", [0, 1, 4])
def test_actions_come_late_by_the_latency(latency: int) -> None:
    actions = np.random.default_rng(0).uniform(-1, 1, (20, ACTION_SIZE))
    sent = _run(Pipeline(_INSTANT, latency), actions)
    np.testing.assert_allclose(sent[latency:], actions[: len(actions) - latency], atol=1e-12)
    assert (sent[:latency, ~_GRIPPERS] == 0).all()


def test_observations_are_old_by_the_delay() -> None:
    pipeline = Pipeline(Deployment(observation_delay=2), 0)
    seen = [int(pipeline.observation({"tick": np.array(tick)})["tick"]) for tick in range(6)]
    assert seen == [0, 0, 0, 1, 2, 3]


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.floats(0.05, 1.0), st.floats(0.05, 1.0), st.integers(1, 12), st.sampled_from([0.3, 1])
)
def test_acceleration_and_jerk_are_bounded(
    seed: int, acceleration: float, jerk: float, hold: int, scale: float
) -> None:
    """Whatever a policy asks for, as steps held for some ticks."""
    steps = np.random.default_rng(seed).uniform(-scale, scale, (8, ACTION_SIZE))
    pipeline = Pipeline(Deployment(acceleration=acceleration, jerk=jerk), 0)
    sent = _run(pipeline, np.repeat(steps, hold, axis=0))[:, ~_GRIPPERS]
    changes = np.diff(sent, axis=0, prepend=0.0)
    assert np.abs(changes).max() <= acceleration + 1e-9
    assert np.abs(sent).max() <= 1.0


def test_jerk_of_a_step() -> None:
    pipeline = Pipeline(Deployment(acceleration=0.35, jerk=0.1), 0)
    sent = _run(pipeline, np.full((20, ACTION_SIZE), 0.8))[:, 0]
    jerks = np.diff(np.diff(sent, prepend=[0.0, 0.0]))
    assert np.abs(jerks).max() <= 0.1 + 1e-9
    assert sent.max() <= 0.8 + 1e-9 and (np.abs(sent[7:] - 0.8) < 1e-9).all()  # arrives, stays, never shoots over


@given(st.floats(-1.0, 1.0), st.floats(0.02, 0.5), st.floats(0.05, 1.0))
def test_a_command_comes_to_rest_where_it_is_wanted(wanted: float, jerk: float, acceleration: float) -> None:
    pipeline = Pipeline(Deployment(acceleration=acceleration, jerk=jerk), 0)
    sent = _run(pipeline, np.full((100, ACTION_SIZE), wanted))[:, 0]
    assert np.abs(sent[-30:] - wanted).max() < 1e-9
    assert np.abs(sent).max() <= abs(wanted) + 1e-9


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"latency": -1}, "latency is -1. Valid: a whole number from 0 to 40."),
        ({"latency": 1.5}, "latency is 1.5. Valid: a whole number"),
        ({"observation_delay": None}, "observation_delay is None. Valid: a whole number"),
        ({"jerk": float("nan")}, "jerk is nan. Valid: a number from 0.01 to 4."),
        ({"acceleration": 0.0}, "acceleration is 0.0. Valid: a number from 0.01 to 2."),
    ],
)
def test_parameters_that_mean_nothing(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Deployment(**parameters)


def test_the_environment_moves_late_and_sees_late(make_env: MakeEnv) -> None:
    env, plain = make_env(deployment=Deployment(latency=2, observation_delay=1)), make_env()
    push = np.zeros(ACTION_SIZE, np.float32)
    push[2] = 1.0
    first, _ = env.reset(seed=0)
    plain.reset(seed=0)
    late, prompt = (
        np.array([world.step(push)[0]["target_position"][0, 2] for _ in range(6)]) for world in (env, plain)
    )
    assert (late[:3] == first["target_position"][0, 2]).all() and late[3] > late[2]
    assert prompt[0] > first["target_position"][0, 2]


def test_latency_is_drawn_from_the_seed(make_env: MakeEnv) -> None:
    env = make_env(deployment=Deployment())
    drawn = {env.reset(seed=seed)[1]["randomization"]["latency"] for seed in range(12)}
    assert drawn == {1, 2}
