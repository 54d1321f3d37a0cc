"""Policies of others beside our own: Stable-Baselines3 archives, LeRobot folders, servers anywhere."""

from pathlib import Path

from lacelab.agents import policies
from lacelab.agents.data.files import read_json
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.policies import Environment, Policy, PolicyFactory


def policy_factory(name: str) -> PolicyFactory:
    """Find the factory of a policy.

    Args:
        name: whatever `agents.policies.policy_factory` knows, `ws://host:port` of a policy server, the path of a
            Stable-Baselines3 archive (`.zip`), or `lerobot:` and the folder of a pretrained policy.

    Raises:
        UnknownNameError: no policy is called so.
        CheckpointError: the checkpoint does not exist or cannot be loaded here.
        LoadingError: `module:factory` does not lead to a callable.
    """
    if name.startswith(("ws://", "wss://")):
        return lambda env: _connect(name)
    if name.startswith("lerobot:"):
        return lambda env: _load_lerobot(name.removeprefix("lerobot:"), env)
    if name.endswith(".zip") and ".zip" not in policies.CHECKPOINT_LOADERS:
        return _archive_factory(Path(name))
    return policies.policy_factory(name)


def make_policy(name: str, env: Environment) -> Policy:
    """Make a policy for an environment; see `policy_factory` for the names and errors."""
    return policy_factory(name)(env)


def _archive_factory(path: Path) -> PolicyFactory:
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint '{path}'.")
    return lambda env: _load_archive(path, env)


def _connect(address: str) -> Policy:
    from .remote import RemotePolicy

    return RemotePolicy(address)


def _load_archive(path: Path, env: Environment) -> Policy:
    config = path.with_name("config.json")  # that `lacelab train baseline` leaves
    if config.is_file() and read_json(config).get("algorithm") == "dsrl":
        from lacelab.agents.baselines import load_dsrl

        return load_dsrl(path.parent, env)
    from .stable_baselines import ArchivePolicy

    return ArchivePolicy(path, env)


def _load_lerobot(path: str, env: Environment) -> Policy:
    from .lerobot_policy import LeRobotPolicy

    return LeRobotPolicy(path, env)
