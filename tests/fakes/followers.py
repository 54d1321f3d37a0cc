"""Counterparts of drivers: processes that they talk to."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def trajectory_follower(domain: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A simulated ros2_control robot in another process, in a ROS domain."""
    variables = {"ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    command = [sys.executable, "-m", "lacelab.real_robot.nodes.trajectory_follower", "--cameras"]
    with subprocess.Popen(command, env={**os.environ, **variables}) as process:
        yield process
        process.kill()
