"""What distinguishes one task from another; everything else is shared."""

from collections.abc import Callable
from dataclasses import dataclass

from ..goals import EyeletGoal, PickGoal
from ..spec import STAGES

Target = PickGoal | EyeletGoal  # what is worked on at a time; a shoe is a series of eyelets


@dataclass(frozen=True)
class Task:
    """One task of the suite.

    Attributes:
        name: as in the environment's id, `lacelab/<name>-v0`.
        summary: one line for tables.
        time_limit: simulated time after which an episode is truncated [s].
        lace_length: of both laces [m].
        starts_in_hand: the goal lace starts in the hand that inserts it.
        timestep: of the physics [s]; a fraction of the control period.
        goals: from the goal that the seed draws to those that are worked on one after the other.
        stages: those that success asks for.
    """

    name: str
    summary: str
    time_limit: float
    lace_length: float
    starts_in_hand: bool
    timestep: float
    goals: Callable[[EyeletGoal], tuple[Target, ...]]
    stages: tuple[str, ...] = STAGES
