"""A policy that tells what it wants from what it sends: what it wants is there to learn from, what it sends waits for reasons of its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .foresight import foreseen

Observation = Mapping[str, NDArray[Any]]


class Wanting(ABC):
    """Acts by what it wants; the same seed and observations give the same actions."""

    @property
    @abstractmethod
    def chunk(self) -> int:
        """Actions per chunk of the network."""

    @abstractmethod
    def reset(self, seed: int) -> None:
        """Begin an episode."""

    @abstractmethod
    def wanted(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return what is wanted (executed, 14)."""

    @abstractmethod
    def sent(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the actions (n, 14) that wanted ones become, all of which are taken to be carried out."""

    def act(self, observation: Observation, noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return the first actions of a chunk, (executed, 14), all of which are taken to be carried out.

        Args:
            observation: one observation without a batch axis.
            noise: where the flow starts, (chunk, 14); drawn or chosen where it is not given.
        """
        return self.sent(self.wanted(observation, noise))

    def act_ahead(self, observation: Observation, committed: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the chunk that follows on committed actions (n, 14), for loops that think while the arms move.

        Not in the deployment mode, where the policy itself follows what is under way.
        """
        return self.act(foreseen(observation, committed))
