"""The settings of an episode: factors of the world that are fixed, and noise on what a policy sees."""

from typing import Any

import gymnasium
import numpy as np

from lacelab.agents.policies import Environment
from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.overrides import OVERRIDES, check_overrides
from lacelab.envs.parameters import check_number

Settings = tuple[tuple[str, float], ...]
"""Pairs of a factor's name and its value: hashable, and in the order in which they were given."""

SENSOR_NOISE = "sensor_noise"  # m, standard deviation of every position that cameras would have to find
SEEN = ("aglet_position", "lace_points", "eyelet_position")
_STREAM = 0x6E6F6973  # keeps the noise independent of an environment seeded alike


def check_settings(settings: Settings) -> None:
    """Refuse settings that do not exist and values that make no world.

    Raises:
        UnknownNameError: listing the settings that exist.
        ParameterError: naming the range of a setting.
    """
    for name, value in settings:
        if name == SENSOR_NOISE:
            check_number(name, value, 0.0, 1.0)
        elif name in OVERRIDES:
            check_overrides({name: value})
        else:
            raise UnknownNameError("setting", name, (*OVERRIDES, SENSOR_NOISE))


def reset_overrides(settings: Settings) -> dict[str, float]:
    """Return what the environment fixes at its reset."""
    return {name: value for name, value in settings if name != SENSOR_NOISE}


def perturb(env: Environment, settings: Settings, seed: int) -> Environment:
    """Return the environment as a policy meets it under some settings."""
    deviation = dict(settings).get(SENSOR_NOISE, 0.0)
    return NoisyObservations(env, deviation, seed) if deviation else env


class NoisyObservations(gymnasium.ObservationWrapper[Any, Any, Any]):
    """Adds Gaussian noise to the positions of laces and eyelets."""

    def __init__(self, env: Environment, deviation: float, seed: int) -> None:
        super().__init__(env)
        self._deviation = deviation
        self._generator = np.random.default_rng((seed, _STREAM))

    def observation(self, observation: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return a copy with noise."""
        noisy = {
            name: value + self._generator.normal(0.0, self._deviation, value.shape).astype(value.dtype)
            for name, value in observation.items()
            if name in SEEN
        }
        return observation | noisy
