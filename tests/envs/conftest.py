"""Worlds that tests share: compiling one takes most of a second, resetting it milliseconds."""

from functools import cache

import pytest
from shared_worlds import MakeEnv, make


@pytest.fixture(scope="session")
def make_env() -> MakeEnv:
    """Return a factory of environments that returns the same one for the same options."""
    return cache(make)
