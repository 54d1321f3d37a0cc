"""Typed errors of the agents."""

from lacelab.envs.exceptions import LaceLabError


class LoadingError(LaceLabError, ImportError):
    """A `module:name` does not lead to a factory."""


class CheckpointError(LaceLabError, ValueError):
    """A checkpoint is missing or nothing here can load it."""


class RunError(LaceLabError, ValueError):
    """The folder of a training run holds something else than what is asked of it."""
