"""Counterparts: processes that the drivers talk to."""

import os
import subprocess
from collections.abc import Iterator

import followers
import pytest


@pytest.fixture(scope="session")
def domain() -> int:
    """A ROS domain of this run: runs beside each other do not hear each other."""
    return 20 + os.getpid() % 80


@pytest.fixture
def trajectory_follower(domain: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A simulated ros2_control robot in another process."""
    with followers.trajectory_follower(domain) as process:
        yield process
