"""Policies broken on purpose: a gate that does not refuse them is no gate.

lacelab gate --policy lacelab.benchmarks.broken:noisy
"""

import numpy as np

from lacelab.agents.policies import Environment, Observation, Policy

from .policies import make_policy

NOISE = 0.5  # standard deviation, of actions in [-1, 1]
_STREAM = 0x62726F6B  # keeps the noise independent of an environment seeded alike


class NoisyPolicy:
    """Another policy whose actions reach the arms with Gaussian noise."""

    def __init__(self, policy: Policy, deviation: float = NOISE) -> None:
        self._policy, self._deviation = policy, deviation
        self._generator = np.random.default_rng((0, _STREAM))

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._policy.reset(seed)
        self._generator = np.random.default_rng((seed, _STREAM))

    def act(self, observation: Observation, noise: np.ndarray | None = None) -> np.ndarray:
        """Return the policy's actions with noise."""
        chunk = self._policy.act(observation, noise)
        return np.clip(chunk + self._generator.normal(0.0, self._deviation, chunk.shape), -1, 1).astype(np.float32)


def noisy(env: Environment) -> NoisyPolicy:
    """Break the shipped policy."""
    return NoisyPolicy(make_policy("shipped", env))
