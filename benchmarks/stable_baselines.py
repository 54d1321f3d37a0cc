"""Policies that Stable-Baselines3 has trained. Its archives hold pickles: run only those that you trust."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.policies import Environment, Observation
from lacelab.envs.exceptions import UnknownNameError

_ALGORITHMS = ("A2C", "DDPG", "PPO", "SAC", "TD3")
_SHARED = "stable_baselines3.common.policies"  # of A2C and PPO


class ArchivePolicy:
    """The deterministic policy of an archive; one on a `Box` gets the observation as `gymnasium` flattens it."""

    def __init__(self, path: Path, env: Environment) -> None:
        """Load the archive.

        Raises:
            CheckpointError: it is none, or Stable-Baselines3 is not installed.
            UnknownNameError: it is of another algorithm.
        """
        try:
            import stable_baselines3
        except ImportError as error:
            raise CheckpointError("Archives need Stable-Baselines3: pip install 'lacelab[learning]'.") from error
        algorithm = getattr(stable_baselines3, find_algorithm(path))
        self._model = algorithm.load(path, device="cpu")
        self._space = env.observation_space
        self._flat = isinstance(self._model.observation_space, spaces.Box)

    def reset(self, seed: int) -> None:
        """Begin an episode."""

    def act(self, observation: Observation, noise: np.ndarray | None = None) -> np.ndarray:
        """Return one action."""
        given: Any = spaces.flatten(self._space, dict(observation)) if self._flat else dict(observation)
        action, _ = self._model.predict(given, deterministic=True)
        return np.asarray(action, np.float32)[None]


def find_algorithm(path: Path) -> str:
    """Return the name of the algorithm of an archive, as Stable-Baselines3 spells it.

    Raises:
        CheckpointError: the file is no such archive.
        UnknownNameError: the algorithm is not known here.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            data = json.loads(archive.read("data"))
        module = str(data["policy_class"]["__module__"])
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"'{path}' is no archive of Stable-Baselines3: {error}.") from error
    name = module.split(".")[-2].upper()
    if module == _SHARED:
        name = "PPO" if "clip_range" in data else "A2C"
    if name not in _ALGORITHMS:
        raise UnknownNameError("algorithm", name, _ALGORITHMS)
    return name
