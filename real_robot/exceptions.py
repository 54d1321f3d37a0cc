"""What can go wrong between a policy and a robot; one class per mistake."""

from lacelab.envs.exceptions import LaceLabError


class RobotError(LaceLabError, RuntimeError):
    """Base of everything that a robot, its wire or its safety layer reports."""


class DriverMissingError(RobotError):
    """A vendor's package is not installed; the message says what to install."""


class NotConnectedError(RobotError):
    """The robot is used before `connect` or after `close`."""


class ConnectionLostError(RobotError):
    """The wire is down, or whoever is at the other end does not answer."""


class ConnectionRefusedError(RobotError):
    """Somebody else commands this robot, or authentication failed."""


class InvalidCommandError(RobotError, ValueError):
    """A command has a wrong shape, is out of order or is not finite; nothing of it was sent."""


class TornMessageError(RobotError, ValueError):
    """A message on the wire is incomplete or does not follow the format."""


class FaultLatchedError(RobotError):
    """The safety layer has latched a fault; it holds the arms until `reset_faults` is called."""


class CalibrationError(RobotError, ValueError):
    """A calibration or identification cannot be trusted; the message says why."""
