"""The noise of a flow policy as the actions of an environment, which any library for RL can learn to choose.

DSRL: Wagenmaker et al., 2025 (arXiv 2506.15799), the parent of the third stage of GR-RL.
"""

from collections.abc import Mapping
from typing import Any, Protocol, SupportsFloat

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from lacelab.envs.exceptions import ParameterError
from lacelab.envs.spec import ACTION_SIZE

from .policies import Environment, Policy

Observation = dict[str, NDArray[Any]]


class NoiseSpace(gymnasium.Wrapper[Observation, NDArray[np.float32], Observation, NDArray[np.float32]]):
    """Act by noise: one step carries out the actions that the frozen policy makes of it.

    Rewards of these actions are added up; `info` gains `ticks`, the number of actions that were carried out.
    """

    def __init__(self, env: Environment, policy: Policy, chunk: int, bound: float = 1.5) -> None:
        """Wrap an environment.

        Args:
            env: whose actions are those of `envs.spec`.
            policy: frozen; takes noise.
            chunk: actions per chunk of the policy.
            bound: largest size of an entry of the noise; DSRL keeps to 1 to 1.5.

        Raises:
            ParameterError: if the bound leaves no noise.
        """
        if not 0.0 < bound < np.inf:
            raise ParameterError("bound", bound, "a positive number")
        super().__init__(env)
        self.action_space = spaces.Box(-bound, bound, (chunk * ACTION_SIZE,), np.float32)
        self._policy, self._shape = policy, (chunk, ACTION_SIZE)
        self._observation: Observation = {}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode."""
        self._observation, info = self.env.reset(seed=seed, options=options)
        self._policy.reset(int(info.get("seed", 0)))
        return self._observation, info

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, SupportsFloat, bool, bool, dict[str, Any]]:
        """Carry out what the policy makes of noise (chunk * 14,), or as much of it as the episode allows."""
        total, ticks = 0.0, 0
        terminated = truncated = False
        info: dict[str, Any] = {}
        for command in self._policy.act(self._observation, action.reshape(self._shape)):
            self._observation, reward, terminated, truncated, info = self.env.step(command)
            total, ticks = total + float(reward), ticks + 1
            if terminated or truncated:
                break
        return self._observation, total, terminated, truncated, info | {"ticks": ticks}


class Chooses(Protocol):
    """Something that chooses noise: a model of Stable-Baselines3."""

    def predict(self, observation: Any, *, deterministic: bool) -> tuple[NDArray[Any], Any]:
        """Return the noise of an observation."""
        ...


class NoisePolicy:
    """A frozen flow policy whose noise a model chooses."""

    def __init__(self, policy: Policy, model: Chooses) -> None:
        self._policy, self._model = policy, model

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._policy.reset(seed)

    def act(self, observation: Mapping[str, NDArray[Any]], noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return the first actions of a chunk; the model chooses the noise where none is given."""
        if noise is None:
            noise, _ = self._model.predict(dict(observation), deterministic=True)
        return self._policy.act(observation, noise)
