"""A missing vendor's package says what to install."""

import pytest

from lacelab.real_robot.drivers.vendors import vendor, vendor_command
from lacelab.real_robot.exceptions import DriverMissingError


def test_imports_what_is_there() -> None:
    assert vendor("json", "openarm").dumps([1]) == "[1]"


def test_missing_module_names_the_extra() -> None:
    with pytest.raises(
        DriverMissingError, match=r"'no_such_vendor' is not installed\. Run: pip install 'lacelab\[ros2\]'"
    ):
        vendor("no_such_vendor", "ros2")


def test_missing_command_names_the_extra() -> None:
    with pytest.raises(DriverMissingError, match=r"command 'no-such-tool' is not installed.*lacelab\[openarm\]"):
        vendor_command("no-such-tool", "openarm")
