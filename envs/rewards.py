"""Rewards: 1 on success, or shaped by named terms, each a pure function into [0, 1] of one tick's measurements."""

from dataclasses import dataclass
from math import tanh

from .goals import EyeletGoal, PickGoal
from .spec import STAGES
from .stages import INSERT_LENGTH, PULL_LENGTH, StageSignals, StageState, is_threaded

_REACH_SCALE = 0.10  # m, distance of hand and aglet at which `reach` is 1 - tanh(1) = .24
_ALIGN_SCALE = 0.05  # m, distance of tip and eyelet at which `align` is at most .24

DENSE_WEIGHTS = {"reach": 0.5, "align": 0.5, "insert": 1.0, "through": 1.0, "stage": 2.0}
"""Weight of each dense term."""


@dataclass(frozen=True, slots=True)
class Distances:
    """Geometry of one tick that only the dense reward needs."""

    hand_to_aglet: float  # of the nearest hand [m]
    tip_to_eyelet: float  # centre of the goal eyelet [m]
    alignment: float  # cosine of the aglet's axis and the required direction through the eyelet


def sparse(state: StageState) -> float:
    """Return 1 on success, else 0."""
    return float(state.success)


def dense(
    goal: PickGoal | EyeletGoal, signals: StageSignals, state: StageState, distances: Distances
) -> dict[str, float]:
    """Return the named terms, unweighted.

    A term stays at 1 once the stage that it leads to has counted: letting go of a threaded aglet costs nothing.
    """
    threaded = is_threaded(goal, signals, 0.0)
    past_pick, past_thread = state.completed >= 1, state.completed >= 2
    return {
        "reach": 1.0 if past_pick else reach(distances.hand_to_aglet),
        "align": 1.0 if past_thread else align(distances.tip_to_eyelet, distances.alignment),
        "insert": insert_depth(signals.through) if threaded else 0.0,
        "through": through_length(signals.through) if threaded else 0.0,
        "stage": stage_bonus(state.completed),
    }


def potential(terms: dict[str, float]) -> float:
    """Return the weighted mean of the terms, in [0, 1]."""
    return sum(DENSE_WEIGHTS[name] * value for name, value in terms.items()) / sum(DENSE_WEIGHTS.values())


def shaped(before: float, after: float, state: StageState) -> float:
    """Return the dense reward of a tick: the rise of the potential plus the sparse reward.

    Differences of a potential (Ng, Harada and Russell, 1999) make neither lingering before success nor ending the
    episode by a failure worthwhile, as rewards or costs of every tick would.
    """
    return after - before + sparse(state)


def reach(distance: float) -> float:
    """Return 1 where the hand is at the aglet, falling with their distance [m]."""
    return 1.0 - tanh(distance / _REACH_SCALE)


def align(distance: float, alignment: float) -> float:
    """Return 1 where the tip is at the eyelet and points through it, from distance [m] and cosine."""
    return (1.0 - tanh(distance / _ALIGN_SCALE)) * (1.0 + alignment) / 2.0


def insert_depth(through: float) -> float:
    """Return the length past the disk [m] as a share of what a safe insertion needs."""
    return min(through / INSERT_LENGTH, 1.0)


def through_length(through: float) -> float:
    """Return the length past the disk [m] as a share of a full pull."""
    return min(through / PULL_LENGTH, 1.0)


def stage_bonus(completed: int) -> float:
    """Return the share of stages that have counted."""
    return completed / len(STAGES)
