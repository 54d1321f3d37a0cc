"""The worlds an episode can run in."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lacelab.agents.loading import load_factory
from lacelab.agents.policies import Environment
from lacelab.envs.exceptions import UnknownNameError

if TYPE_CHECKING:
    from .episode import EpisodeSpec

WorldFactory = Callable[["EpisodeSpec", str | None], Environment]
"""Takes an episode and the Gymnasium render mode, None or "rgb_array"; the seed comes later, with `reset`."""


def make_simulator(spec: "EpisodeSpec", render_mode: str | None = None) -> Environment:
    """Make the simulated task with state observations."""
    return _make(spec, "state", render_mode)


def make_twin(spec: "EpisodeSpec", render_mode: str | None = None) -> Environment:
    """Make the task on a twin in lock-step, in a process of its own; see `real_robot.twin`."""
    return _make(spec, "state", render_mode, world="twin")


def make_simulator_with_cameras(spec: "EpisodeSpec", render_mode: str | None = None) -> Environment:
    """Make the simulated task with state observations and camera images."""
    return _make(spec, "both", render_mode)


def make_openarm(spec: "EpisodeSpec", render_mode: str | None = None) -> Environment:
    """Make the task on OpenArm's dora nodes, with our scene in the maker's simulated follower."""
    return _make(spec, "state", render_mode, world="openarm")


def make_ros2(spec: "EpisodeSpec", render_mode: str | None = None) -> Environment:
    """Make the task on a ros2_control robot with cameras; an operator sets the scene."""
    return _make(spec, "pixels", render_mode, world="ros2")


def _make(spec: "EpisodeSpec", obs: str, render_mode: str | None, **keywords: Any) -> Environment:
    import gymnasium

    import lacelab.envs  # noqa: F401 (registers the tasks)
    from lacelab.envs.deployment import Deployment

    return gymnasium.make(
        f"lacelab/{spec.task}-v0",
        obs=obs,
        difficulty=spec.difficulty,
        deployment=Deployment() if spec.deployment else None,
        render_mode=render_mode,
        **keywords,
    )


WORLDS: dict[str, WorldFactory] = {
    "sim": make_simulator,
    "pixels": make_simulator_with_cameras,
    "twin": make_twin,
    "openarm": make_openarm,
    "ros2": make_ros2,
}


def world_factory(name: str) -> WorldFactory:
    """Find the factory of a world: a key of `WORLDS` or `module:factory`.

    Raises:
        UnknownNameError: no world is called so.
        LoadingError: `module:factory` does not lead to a callable.
    """
    if name in WORLDS:
        return WORLDS[name]
    if ":" in name:
        return load_factory(name)
    raise UnknownNameError("world", name, (*WORLDS, "module:factory"))
