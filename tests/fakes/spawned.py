"""What tests run in spawned processes: those import this module by its name, but none of the tests."""

from multiprocessing.connection import Connection

from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import PIXEL_KEYS


def send_frames(connection: Connection, seed: int) -> None:
    """Send the first frames of an episode."""
    env = LacingEnv("ThreadEyelet", obs="both")
    observation, _ = env.reset(seed=seed)
    connection.send({name: observation[name] for name in PIXEL_KEYS})
    env.close()
