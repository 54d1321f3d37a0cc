"""Policies that LeRobot has trained, from a folder; needs `lerobot`, in an environment of its own with its torch.

The state goes in as `observation.state`, all state keys flattened in the order of `spec.STATE_KEYS`, cameras as
`observation.images.<camera>` in [0, 1], the instruction's words as `task`.
"""

from typing import Any

import numpy as np

from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.policies import Environment, Observation
from lacelab.envs.language import decode
from lacelab.envs.spec import PIXEL_KEYS, STATE_KEYS

_STATE = tuple(name for name in STATE_KEYS if name != "instruction")


class LeRobotPolicy:
    """A pretrained policy of any type that LeRobot knows."""

    def __init__(self, path: str, env: Environment) -> None:
        """Load the folder, which names the type in its `config.json`.

        Raises:
            CheckpointError: it cannot be loaded, or LeRobot is not installed.
        """
        try:
            import torch
            from lerobot.configs.policies import PreTrainedConfig  # pyright: ignore[reportMissingImports]
            from lerobot.policies.factory import get_policy_class  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise CheckpointError("LeRobot is not installed: pip install lerobot.") from error
        self._torch = torch
        try:
            config = PreTrainedConfig.from_pretrained(path)
            self._policy: Any = get_policy_class(config.type).from_pretrained(path).eval()
        except (OSError, ValueError) as error:
            raise CheckpointError(f"LeRobot cannot load '{path}': {error}") from error

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._torch.manual_seed(seed)
        self._policy.reset()

    def act(self, observation: Observation, noise: np.ndarray | None = None) -> np.ndarray:
        """Return one action."""
        with self._torch.inference_mode():
            action = self._policy.select_action(self._batch(observation))
        return np.clip(np.asarray(action.numpy(force=True), np.float32).reshape(1, -1), -1.0, 1.0)

    def _batch(self, observation: Observation) -> dict[str, Any]:
        batch: dict[str, Any] = {"observation.state": self._torch.from_numpy(flat_state(observation))[None]}
        for name in PIXEL_KEYS:
            if name in observation:
                picture = self._torch.from_numpy(np.ascontiguousarray(observation[name]))
                batch[f"observation.images.{name}"] = picture.permute(2, 0, 1)[None].float() / 255
        return batch | {"task": [decode(observation["instruction"])]}


def flat_state(observation: Observation) -> np.ndarray:
    """Return the state as one vector, float32."""
    return np.concatenate([np.ravel(observation[name]) for name in _STATE]).astype(np.float32)
