"""Counterparts: processes that the drivers talk to."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def domain() -> int:
    """A ROS domain of this run: runs beside each other do not hear each other."""
    return 30 + os.getpid() % 70


@pytest.fixture
def trajectory_follower(domain: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A simulated ros2_control robot in another process."""
    variables = {"ROS_DOMAIN_ID": str(domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    command = [sys.executable, "-m", "lacelab.real_robot.nodes.trajectory_follower", "--cameras"]
    with subprocess.Popen(command, env={**os.environ, **variables}) as process:
        yield process
        process.kill()
