"""Robots that the conformance suite is run on: name -> a context in which one is ready to connect.

To add one, add a line. `lockstep` ones are simulated in simulated time; the others run in real time.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from followers import trajectory_follower

from lacelab.real_robot.clock import ManualClock
from lacelab.real_robot.drivers.dora import DoraRobot
from lacelab.real_robot.drivers.ros2 import Ros2Robot
from lacelab.real_robot.mock import MockRobot
from lacelab.real_robot.robot import Robot
from lacelab.real_robot.twin.client import TwinRobot
from lacelab.real_robot.twin.link import TwinLink
from lacelab.real_robot.twin.local import LocalLink
from lacelab.real_robot.twin.process import TwinProcess
from lacelab.real_robot.twin.world import TwinWorld


@contextmanager
def _mock() -> Iterator[Robot]:
    yield MockRobot(ManualClock())


@contextmanager
def _simulator() -> Iterator[Robot]:
    yield TwinRobot(LocalLink(TwinWorld("ThreadEyelet", "standard")))


@contextmanager
def _twin(lockstep: bool) -> Iterator[Robot]:
    with TwinProcess(lockstep=lockstep) as process:
        link = TwinLink(process.address)
        yield TwinRobot(link)
        link.close()


@contextmanager
def _dora() -> Iterator[Robot]:
    robot = DoraRobot()
    yield robot
    robot.close()


@contextmanager
def _ros2() -> Iterator[Robot]:
    domain = 100 + os.getpid() % 100  # Runs beside each other do not hear each other.
    with trajectory_follower(domain):
        robot = Ros2Robot(domain=domain)
        yield robot
        robot.close()


ROBOTS: dict[str, Callable[[], AbstractContextManager[Robot]]] = {
    "mock": _mock,
    "simulator": _simulator,
    "twin": lambda: _twin(lockstep=True),
    "twin in real time": lambda: _twin(lockstep=False),
    "the maker's follower over dora": _dora,
    "ros2": _ros2,
}
