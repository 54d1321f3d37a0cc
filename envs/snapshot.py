"""A full state of the environment, from which an episode continues bit for bit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .control import ControlState
from .deployment import Deployment, Pipeline
from .episode import Episode
from .exceptions import SnapshotError
from .judge import JudgeState
from .metrics import PhysicsMetrics


@dataclass(frozen=True)
class World:
    """What must be the same where a snapshot is taken and where it is restored."""

    task: str
    difficulty: str
    obs: str
    deployment: Deployment | None


@dataclass(frozen=True)
class Snapshot:
    """A full state of the environment; see `LacingEnv.snapshot`. It can be pickled."""

    world: World
    episode: Episode
    physics: NDArray[np.float64] | None  # None before the first step
    control: ControlState
    judge: JudgeState
    metrics: PhysicsMetrics
    pipeline: Pipeline | None
    tick: int
    clipped: int
    over: bool


def check_fits(snapshot: Snapshot, world: World) -> None:
    """Refuse to restore a snapshot elsewhere than in a world like its own.

    Raises:
        SnapshotError: naming what differs.
    """
    if not isinstance(snapshot, Snapshot):
        raise SnapshotError(f"Only a snapshot of `LacingEnv.snapshot` can be restored, not {type(snapshot).__name__}.")
    here, there = vars(world), vars(snapshot.world)
    for name, value in there.items():
        if value != here[name]:
            raise SnapshotError(f"The snapshot's {name} is {value}, that of this environment is {here[name]}.")
