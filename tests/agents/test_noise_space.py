"""Noise as actions."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from lacelab.agents.noise_space import NoisePolicy, NoiseSpace
from lacelab.envs.exceptions import ParameterError


class Line(gymnasium.Env[Any, Any]):
    """Counts the actions it gets; ends after five."""

    def __init__(self) -> None:
        self.observation_space = spaces.Dict({"tick": spaces.Box(0, 9, (1,), np.float32)})
        self.action_space = spaces.Box(-1, 1, (14,), np.float32)
        self.taken: list[float] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Begin."""
        self.taken = []
        return self._observe(), {"seed": 5}

    def step(self, action: Any) -> Any:
        """Reward the number of the action."""
        self.taken.append(float(action[0]))
        return self._observe(), float(len(self.taken)), len(self.taken) == 5, False, {"is_success": True}

    def _observe(self) -> dict[str, Any]:
        return {"tick": np.array([len(self.taken)], np.float32)}


class Echo:
    """Acts by noise plus what it sees; carries out two of three actions."""

    seed = -1

    def reset(self, seed: int) -> None:
        """Remember the seed."""
        self.seed = seed

    def act(self, observation: Any, noise: Any = None) -> Any:
        """Return noise and observation, added."""
        return (noise + observation["tick"])[:2]


def test_a_step_carries_out_a_chunk_as_far_as_the_episode_goes() -> None:
    world, policy = Line(), Echo()
    env = NoiseSpace(world, policy, chunk=3, bound=1.25)
    assert env.action_space == spaces.Box(-1.25, 1.25, (42,), np.float32)
    observation, _ = env.reset(seed=9)
    assert policy.seed == 5 and observation["tick"] == 0
    noise = np.repeat(np.array([0.1, 0.2, 0.3], np.float32), 14)
    results = [env.step(noise) for _ in range(3)]
    assert world.taken == pytest.approx([0.1, 0.2, 2.1, 2.2, 4.1])
    assert [result[1] for result in results] == [3.0, 7.0, 5.0]
    assert [result[2] for result in results] == [False, False, True]
    assert [result[4]["ticks"] for result in results] == [2, 2, 1] and results[2][4]["is_success"]


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan"), float("inf")])
def test_no_noise_is_left(bound: float) -> None:
    with pytest.raises(ParameterError, match="bound"):
        NoiseSpace(Line(), Echo(), 3, bound)


def test_a_model_chooses_the_noise() -> None:
    class Model:
        def predict(self, observation: Any, *, deterministic: bool) -> Any:
            assert deterministic
            return np.full((3, 14), 10 * observation["tick"][0]), None

    echo = Echo()
    policy = NoisePolicy(echo, Model())
    policy.reset(7)
    observation = {"tick": np.array([2.0])}
    assert echo.seed == 7 and (policy.act(observation) == 22.0).all()
    assert (policy.act(observation, np.zeros((3, 14))) == 2.0).all()
