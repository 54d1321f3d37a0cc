"""What a checkpoint acts by, whichever kind it is of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.deployment import Deployment

from . import checkpoint, retrying
from .learned import load_learned


class Acting(Protocol):
    """A learned policy that tells what it wants from what it sends."""

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        ...

    def act(self, observation: Mapping[str, NDArray[Any]], noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return the next actions (executed, 14)."""
        ...

    def wanted(self, observation: Mapping[str, NDArray[Any]], noise: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Return what is wanted (executed, 14)."""
        ...

    def sent(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the actions (n, 14) that wanted ones become."""
        ...


def load_acting(path: Path, deployment: Deployment | None = None) -> Acting:
    """Return what a checkpoint acts by; see `learned.load_learned` and `retrying.load_retrying` for the errors."""
    if checkpoint.kind_of(path) == retrying.KIND:
        return retrying.load_retrying(path, deployment)
    return load_learned(path, deployment)
