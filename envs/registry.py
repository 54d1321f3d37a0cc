"""Registers the tasks with Gymnasium."""

import gymnasium

from .tasks import TASKS


def environment_id(task: str, version: int = 0) -> str:
    """Return the id under which a task is registered."""
    return f"lacelab/{task}-v{version}"


def register() -> None:
    """Register every task once; the environments bring their own step-after-end and action checks."""
    for name in TASKS:
        if environment_id(name) not in gymnasium.registry:
            gymnasium.register(
                environment_id(name),
                entry_point="lacelab.envs.worlds:make_world",
                kwargs={"task": name},
                disable_env_checker=True,
                order_enforce=False,
            )
