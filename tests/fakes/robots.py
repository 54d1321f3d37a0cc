"""Robots that the conformance suite is run on: name -> a context in which one is ready to connect.

To add one, add a line. `lockstep` ones are simulated in simulated time; the others run in real time.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from lacelab.real_robot.clock import ManualClock
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


ROBOTS: dict[str, Callable[[], AbstractContextManager[Robot]]] = {
    "mock": _mock,
    "simulator": _simulator,
    "twin": lambda: _twin(lockstep=True),
    "twin in real time": lambda: _twin(lockstep=False),
}
