"""The report before anything moves."""

from lacelab.real_robot.mock import MockRobot, home_position
from lacelab.real_robot.preflight import inspect
from lacelab.real_robot.safe_robot import SafeRobot


def test_a_robot_at_home_is_good() -> None:
    robot = SafeRobot(MockRobot())
    robot.connect()
    findings = inspect(robot)
    assert [finding.what for finding in findings if not finding.good] == []
    assert not robot._driver.wire  # type: ignore[attr-defined]


def test_says_what_is_not_good() -> None:
    position = home_position()
    position[0, 6] = 2.0  # rad, beyond its limit of 1.57
    robot = SafeRobot(MockRobot(position=position))
    robot.connect()
    assert [finding.what for finding in inspect(robot) if not finding.good] == ["joints within their range"]
