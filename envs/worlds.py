"""The worlds behind an environment: the simulator, and robots by the names of their factories."""

import importlib
from typing import Any

import gymnasium

from .exceptions import UnknownNameError

WORLDS: dict[str, str] = {
    "sim": "lacelab.envs.lacing_env:LacingEnv",
    "twin": "lacelab.real_robot.worlds:make_twin",
    "openarm": "lacelab.real_robot.worlds:make_openarm",
    "ros2": "lacelab.real_robot.worlds:make_ros2",
}
"""Name -> `module:factory`, imported when the world is made; a factory takes the keywords of `LacingEnv` and its own."""


def make_world(world: str = "sim", **keywords: Any) -> gymnasium.Env[dict[str, Any], Any]:
    """Make an environment in a world; entry point of every registered task.

    Args:
        world: a key of `WORLDS`.
        keywords: of the world's factory.

    Raises:
        UnknownNameError: if there is no such world.
    """
    if world not in WORLDS:
        raise UnknownNameError("world", world, WORLDS)
    module, _, factory = WORLDS[world].partition(":")
    made: gymnasium.Env[dict[str, Any], Any] = getattr(importlib.import_module(module), factory)(**keywords)
    return made
