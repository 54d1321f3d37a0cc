"""What a policy is, and how one is found by its name."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import gymnasium
import numpy as np

from lacelab.envs.deployment import Deployment
from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.spec import ACTION_SIZE
from lacelab.envs.tasks import Task

from .exceptions import CheckpointError
from .loading import load_factory

Environment = gymnasium.Env[Any, Any]
Observation = Mapping[str, np.ndarray]


class Policy(Protocol):
    """Anything that chooses actions, whichever world they act in."""

    def reset(self, seed: int) -> None:
        """Begin an episode; everything random in it follows from the seed."""
        ...

    def act(self, observation: Observation, noise: np.ndarray | None = None) -> np.ndarray:
        """Choose the next actions.

        Args:
            observation: one observation of the environment, without a batch axis.
            noise: the latent noise for policies that can be steered by it, otherwise ignored.

        Returns:
            Actions in [-1, 1], float32 of shape `(chunk, action)`.
        """
        ...


@runtime_checkable
class Reporting(Protocol):
    """A policy that tells what it is doing."""

    phase: str
    retries: int


@runtime_checkable
class Deployed(Protocol):
    """An environment that tells what is known of its deployment mode, if it has one."""

    known_deployment: Deployment | None


@runtime_checkable
class WithTask(Protocol):
    """An environment that tells its task."""

    task: Task


PolicyFactory = Callable[[Environment], Policy]


class RandomPolicy:
    """Draw every action uniformly from [-1, 1]."""

    _STREAM = 0x72616E64  # keeps the actions independent of an environment seeded alike

    def __init__(self) -> None:
        self._generator = np.random.default_rng((0, self._STREAM))

    def reset(self, seed: int) -> None:
        """Restart the generator."""
        self._generator = np.random.default_rng((seed, self._STREAM))

    def act(self, observation: Observation, noise: np.ndarray | None = None) -> np.ndarray:
        """Return one random action."""
        return self._generator.uniform(-1.0, 1.0, (1, ACTION_SIZE)).astype(np.float32)


class NoopPolicy:
    """Keep both hands where they are, grippers half open."""

    def reset(self, seed: int) -> None:
        """Begin an episode."""

    def act(self, observation: Observation, noise: np.ndarray | None = None) -> np.ndarray:
        """Return one action of zeros."""
        return np.zeros((1, ACTION_SIZE), np.float32)


def _make_expert(env: Environment) -> Policy:
    from .demonstrator.expert import Expert

    return Expert(env)


def _make_shipped(env: Environment) -> Policy:
    world = env.unwrapped
    return make_policy(resolve_policy("shipped", world.task.name if isinstance(world, WithTask) else _ANY_TASK), env)


def _load_learned(path: Path, env: Environment) -> Policy:
    try:
        from .acting import load_acting
    except ImportError as error:
        raise _needs_torch(path, error) from error
    return load_acting(path, known_deployment(env))


def _load_committee(path: Path, env: Environment) -> Policy:
    try:
        from .committee import load_committee
    except ImportError as error:
        raise _needs_torch(path, error) from error
    return load_committee(path, known_deployment(env))


def _needs_torch(path: Path, error: ImportError) -> CheckpointError:
    return CheckpointError(f"'{path.name}' needs torch and safetensors: pip install 'lacelab[policy]' ({error}).")


def known_deployment(env: Environment) -> Deployment | None:
    """Return what is known of the deployment mode that a policy acts in, if it does."""
    world = env.unwrapped
    return world.known_deployment if isinstance(world, Deployed) else None


POLICIES: dict[str, PolicyFactory] = {
    "expert": _make_expert,
    "noop": lambda env: NoopPolicy(),
    "random": lambda env: RandomPolicy(),
    "shipped": _make_shipped,
}
CHECKPOINT_LOADERS: dict[str, Callable[[Path, Environment], Policy]] = {
    ".safetensors": _load_learned,
    ".json": _load_committee,
}
"""File name suffix -> loader of checkpoints."""


SHIPPED = Path(__file__).resolve().parents[1] / "assets" / "policy"
"""Where shipped policies lie, once there are any."""
_SHIPPED = "shipped:"  # and the name of its file: the same name on every machine
_FOR_ONE_TASK = {"LaceShoe": "whole_shoe"}  # task -> stem of the file that is shipped for it alone
_ANY_TASK = "ThreadEyelet"


def resolve_policy(name: str, task: str = _ANY_TASK) -> str:
    """Return the name of what really runs: 'shipped' becomes the checkpoint of the policy that is shipped for a task, or the expert while there is none."""
    if name != "shipped":
        return name
    found = _shipped_files()
    own = [path for path in found if path.stem == _FOR_ONE_TASK.get(task)]
    for path in (*own, *(path for path in found if path.stem not in _FOR_ONE_TASK.values())):
        return _SHIPPED + path.name
    print("No learned policy is shipped yet: using the scripted expert.", file=sys.stderr)
    return "expert"


def resolve_for_all_tasks(name: str) -> str:
    """Return the name of what runs where tasks differ: 'shipped' stays, as every environment gets the one for its task."""
    return name if name == "shipped" and _shipped_files() else resolve_policy(name)


def checkpoint_files(name: str) -> list[Path]:
    """Return the checkpoints that a policy may read: for 'shipped' those of all tasks, for one that needs none an empty list."""
    return _shipped_files() if name == "shipped" else [path for path in [checkpoint_path(name)] if path.is_file()]


def _shipped_files() -> list[Path]:
    return [path for path in sorted(SHIPPED.glob("*")) if path.suffix in CHECKPOINT_LOADERS]


def checkpoint_path(name: str) -> Path:
    """Return where the checkpoint of a policy would lie; there is a file only if the name is that of a checkpoint."""
    return SHIPPED / name.removeprefix(_SHIPPED) if name.startswith(_SHIPPED) else Path(name)


def policy_factory(name: str) -> PolicyFactory:
    """Find the factory of a policy.

    Args:
        name: a key of `POLICIES`, the path of a checkpoint, or `module:factory`.

    Raises:
        UnknownNameError: no policy is called so.
        CheckpointError: the checkpoint does not exist or cannot be loaded here.
        LoadingError: `module:factory` does not lead to a callable.
    """
    if name in POLICIES:
        return POLICIES[name]
    path = checkpoint_path(name)
    if path.suffix in CHECKPOINT_LOADERS or path.is_file() or "/" in name:
        return _checkpoint_factory(path)
    if ":" in name:
        return load_factory(name)
    raise UnknownNameError("policy", name, (*sorted(POLICIES), "a checkpoint's path", "module:factory"))


def make_policy(name: str, env: Environment) -> Policy:
    """Make a policy for an environment; see `policy_factory` for the names and errors."""
    return policy_factory(name)(env)


def _checkpoint_factory(path: Path) -> PolicyFactory:
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint '{path}'.")
    if path.suffix not in CHECKPOINT_LOADERS:
        valid = ", ".join(sorted(CHECKPOINT_LOADERS)) or "none yet"
        raise CheckpointError(f"Nothing here loads '{path}': unknown suffix '{path.suffix}'. Valid: {valid}.")
    return lambda env: CHECKPOINT_LOADERS[path.suffix](path, env)
