"""The order in which a loop thinks and acts, on a trivial environment."""

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest

from lacelab.envs.exceptions import ParameterError
from lacelab.real_robot.control_loop import Chunking, ControlLoop, SimulatedInference, ThreadedInference


class Line(gymnasium.Env):  # type: ignore[type-arg]
    """Counts ticks; its observation is the number of the tick."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        self.tick, self.actions = 0, list[np.ndarray]()
        return {"tick": np.array(0)}, {}

    def step(self, action: np.ndarray) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.tick += 1
        self.actions.append(action)
        return {"tick": np.array(self.tick)}, 0.0, False, self.tick == 12, {}


class Counting:
    """Its action says for which tick it is meant: the observed tick plus the place in the chunk, plus one."""

    def __init__(self, chunk: int) -> None:
        self._chunk = chunk
        self.seen: list[int] = []

    def reset(self, seed: int) -> None:
        self.seen = []

    def act(self, observation: Any, noise: Any = None) -> np.ndarray:
        tick = int(observation["tick"])
        self.seen.append(tick)
        return np.stack([np.full(14, tick + i + 1, np.float32) for i in range(self._chunk)])


class Ahead(Counting):
    """Continues what is committed."""

    def act_ahead(self, observation: Any, committed: np.ndarray) -> np.ndarray:
        self.seen.append(int(observation["tick"]))
        return np.stack([np.full(14, committed[-1, 0] + i + 1, np.float32) for i in range(self._chunk)])


def _run(policy: Counting, chunking: Chunking, ticks: int) -> tuple[list[float], list[bool]]:
    env = Line()
    loop = ControlLoop(env, policy, chunking, SimulatedInference(ticks))
    waited = [tick.waited for tick in loop.run(seed=0)][1:]
    return [float(action[0]) for action in env.actions], waited


def test_without_latency_every_action_is_in_time() -> None:
    actions, waited = _run(Counting(3), Chunking(), 0)
    assert actions == list(range(1, 13)) and not any(waited)


def test_thinking_in_between_leaves_the_arms_at_rest() -> None:
    actions, waited = _run(Counting(3), Chunking(), 2)
    assert waited == [True, True, False, False, False] * 2 + [True, True]
    assert actions[:2] == [0.0, 0.0] and actions[2:5] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("policy", [Counting(6), Ahead(6)])
def test_thinking_ahead_hides_the_latency(policy: Counting) -> None:
    actions, waited = _run(policy, Chunking(horizon=4, ahead=2), 2)
    assert waited == [True, True] + [False] * 10
    assert actions[2:] == [
        float(i) for i in ([*range(1, 11)] if isinstance(policy, Ahead) else [1, 2, 3, 4, 7, 8, 9, 10, 11, 12])
    ]


def test_chunks_are_blended_where_both_have_actions() -> None:
    env, policy = Line(), Counting(4)
    loop = ControlLoop(env, policy, Chunking(horizon=2, blend=2), SimulatedInference(0))
    original: Callable[..., np.ndarray] = policy.act
    policy.act = lambda observation, noise=None: original(observation) + 10.0 * len(policy.seen)  # type: ignore[method-assign]
    list(loop.run(seed=0))
    first = [float(action[0]) for action in env.actions[:4]]
    np.testing.assert_allclose(first, [11, 12, (2 * 13 + 23) / 3, (14 + 2 * 24) / 3], rtol=1e-6)
    assert float(env.actions[2][6]) == 23.0, "grippers are not blended"


def test_thinks_in_a_thread_and_tells_its_errors() -> None:
    loop = ControlLoop(Line(), Counting(3), Chunking(ahead=1), ThreadedInference())
    assert len(list(loop.run(seed=0))) == 13

    class Failing(Counting):
        def act(self, observation: Any, noise: Any = None) -> np.ndarray:
            raise ZeroDivisionError("in the policy")

    with pytest.raises(ZeroDivisionError, match="in the policy"):
        list(ControlLoop(Line(), Failing(1)).run(seed=0))


def test_refuses_impossible_parameters() -> None:
    with pytest.raises(ParameterError, match="horizon"):
        Chunking(horizon=0)
    with pytest.raises(ParameterError, match="ahead"):
        Chunking(ahead=-1)
    with pytest.raises(ParameterError, match="ticks"):
        SimulatedInference(-1)
