"""The simulator behind an environment."""

from typing import Any

import gymnasium

from lacelab.envs.exceptions import WrongWorldError
from lacelab.envs.full_state import FullState
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.registry import environment_id
from lacelab.envs.tasks import TASKS


def simulator_of(env: gymnasium.Env[Any, Any]) -> LacingEnv:
    """Return the simulator, of which a scripted demonstrator sees the full state.

    Raises:
        WrongWorldError: if there is another world behind the environment.
    """
    unwrapped = env.unwrapped
    if isinstance(unwrapped, FullState):
        return unwrapped.simulator()
    if not isinstance(unwrapped, LacingEnv):
        valid = ", ".join(environment_id(name) for name in TASKS)
        raise WrongWorldError(
            f"A scripted demonstrator needs the simulator's full state, which {unwrapped} does not have. Valid: {valid}."
        )
    return unwrapped
