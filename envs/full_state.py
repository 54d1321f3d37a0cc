"""Worlds in which everything is known: what scripted demonstrators act on."""

from typing import Protocol, runtime_checkable

from .lacing_env import LacingEnv


@runtime_checkable
class FullState(Protocol):
    """An environment that can tell the full state of the simulation behind it, wherever that runs."""

    def simulator(self) -> LacingEnv:
        """Return a simulator that is kept in the state of the world, and that nobody may step.

        Raises:
            WrongWorldError: if this world does not tell everything.
        """
        ...
