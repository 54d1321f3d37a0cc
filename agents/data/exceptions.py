"""Typed errors of datasets."""

from lacelab.envs.exceptions import LaceLabError


class DatasetError(LaceLabError, ValueError):
    """A dataset cannot be used as it is; the message says where and what to do."""


class MissingExtraError(LaceLabError, ImportError):
    """Something optional is not installed; the message names the extra."""
