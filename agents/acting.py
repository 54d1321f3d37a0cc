"""What a checkpoint acts by, whichever kind it is of."""

from pathlib import Path

from lacelab.envs.deployment import Deployment

from . import checkpoint, retrying
from .learned import load_learned
from .wanting import Wanting


def load_acting(path: Path, deployment: Deployment | None = None) -> Wanting:
    """Return what a checkpoint acts by; see `learned.load_learned` and `retrying.load_retrying` for the errors."""
    if checkpoint.kind_of(path) == retrying.KIND:
        return retrying.load_retrying(path, deployment)
    return load_learned(path, deployment)
