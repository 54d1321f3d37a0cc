"""Typed errors of the benchmarks."""

from lacelab.envs.exceptions import LaceLabError


class SeedsError(LaceLabError, ValueError):
    """A list of seeds does not follow the grammar."""


class OutputError(LaceLabError, OSError):
    """A result cannot be written where it was asked for."""


class ResumeError(LaceLabError, ValueError):
    """The rows of an earlier run do not belong to this one."""


class WorkerError(LaceLabError, RuntimeError):
    """A worker could not build its world or its policy."""


class SampleError(LaceLabError, ValueError):
    """Counts that no experiment can have, such as more successes than trials."""


class DisplayError(LaceLabError, RuntimeError):
    """There is no display for an interactive window."""


class BaselineError(LaceLabError, ValueError):
    """There is no baseline to compare with, or it does not fit."""


class RemoteError(LaceLabError, ConnectionError):
    """A policy server does not answer, or answers that something went wrong."""


class OptionsError(LaceLabError, ValueError):
    """An option has a value that it cannot have, or does not go with another one."""


class SubmissionError(LaceLabError, ValueError):
    """A submission is not one that can be checked here."""
