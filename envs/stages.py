"""The five stages of threading an eyelet, each with its time; a stage counts only when all before it have counted."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .goals import EyeletGoal, PickGoal
from .spec import STAGES, Side

LIFT_HEIGHT = 0.015  # m above where the aglet lay: pick
THREAD_LENGTH = 0.005  # m past the disk: thread
PULL_LENGTH = 0.070  # m past the disk: pull
REST_LENGTH = 0.050  # m past the disk when put down: putdown
PICK_TIME = 0.5  # s that the lace stays picked: success of PickLace
INSERT_LENGTH = 0.008  # m past the disk: success of InsertAglet

_CLOCK_TOLERANCE = 1e-6  # s, rounding of accumulated times


@dataclass(frozen=True, slots=True)
class StageSignals:
    """What the stages need to know about the goal lace at one tick."""

    time: float  # since the start of the episode [s]
    held_by: frozenset[Side]  # hands of which both pads press on the lace or its aglet
    aglet_height: float  # of the aglet above the support [m]
    resting: bool  # the aglet lies still on mat, table or shoe and no hand touches it
    net: int = 0  # signed crossings of the goal eyelet, +1 from outside to inside
    through: float = 0.0  # lace past the goal eyelet [m]
    wrong_eyelet: bool = False  # the net of this lace at another eyelet is not what it was at the start
    held_past_by: frozenset[Side] | None = None  # those of `held_by` that grip past the goal eyelet; None: not known


@dataclass(frozen=True, slots=True)
class StageState:
    """Progress through the stages. Immutable: a snapshot is a reference."""

    times: tuple[float, ...] = ()  # when each counted stage was reached [s]
    rest_height: float | None = None  # where the aglet last lay [m]
    picked_since: float | None = None  # since when the lace has been held and lifted [s]
    success: bool = False

    @property
    def completed(self) -> int:
        """Number of stages that count, 0 to 5."""
        return len(self.times)

    @property
    def stage(self) -> str:
        """Name of the stage that is worked on; the last one when all are done."""
        return STAGES[min(self.completed, len(STAGES) - 1)]

    def stage_times(self) -> dict[str, float | None]:
        """Return the time of every stage, None where it has not been reached [s]."""
        return {name: self.times[i] if i < self.completed else None for i, name in enumerate(STAGES)}


class StageMachine:
    """Judge one goal, a tick at a time; read and write `state` to save and restore."""

    def __init__(self, task: str, goal: PickGoal | EyeletGoal, starts_in_hand: bool = False) -> None:
        """Set the goal.

        Args:
            task: PickLace, InsertAglet or ThreadEyelet: decides success (an eyelet of LaceShoe is a ThreadEyelet).
            goal: Names the lace and the eyelet.
            starts_in_hand: The lace begins in a hand, so that it counts as picked as soon as it is held.
        """
        self.state = StageState()
        self._task = task
        self._goal = goal
        self._starts_in_hand = starts_in_hand

    def update(self, signals: StageSignals) -> StageState:
        """Take one tick into account and return the new state."""
        state = self._watch_lift(signals)
        times = state.times
        while len(times) < len(STAGES) and self._holds(STAGES[len(times)], signals, state):
            times = (*times, signals.time)
        self.state = replace(state, times=times)
        if not state.success and self._succeeds(signals):
            self.state = replace(self.state, success=True)
        return self.state

    def _watch_lift(self, signals: StageSignals) -> StageState:
        """Remember where the aglet lay and since when it has been held above that."""
        rest_height = self.state.rest_height
        if rest_height is None or signals.resting:
            rest_height = signals.aglet_height
        lifted = self._starts_in_hand or signals.aglet_height - rest_height > LIFT_HEIGHT
        since = self.state.picked_since if self.state.picked_since is not None else signals.time
        picked_since = since if signals.held_by and lifted else None
        return replace(self.state, rest_height=rest_height, picked_since=picked_since)

    def _holds(self, stage: str, signals: StageSignals, state: StageState) -> bool:
        """Tell whether what a stage asks for is true at this tick."""
        if stage == "pick":
            return state.picked_since is not None
        if isinstance(self._goal, PickGoal):
            return False
        return _CONDITIONS[stage](self._goal, signals)

    def _succeeds(self, signals: StageSignals) -> bool:
        """Tell whether the task is solved at this tick; `state` is already that of this tick."""
        if self._task == "PickLace":
            since = self.state.picked_since
            return since is not None and signals.time - since >= PICK_TIME - _CLOCK_TOLERANCE
        if self._task == "InsertAglet":
            return self.state.completed >= 2 and is_threaded(self._goal, signals, INSERT_LENGTH)
        return self.state.completed == len(STAGES)


def is_threaded(goal: PickGoal | EyeletGoal, signals: StageSignals, length: float) -> bool:
    """Tell whether the lace is through the goal eyelet only, the right way and at least so far [m]."""
    if isinstance(goal, PickGoal) or signals.wrong_eyelet:
        return False
    return signals.net == goal.direction and signals.through >= length


def is_handed_over(goal: EyeletGoal, signals: StageSignals) -> bool:
    """Tell whether the receiving hand holds the far part of the lace and the inserting hand has let go."""
    past = signals.held_by if signals.held_past_by is None else signals.held_past_by
    released = goal.inserting_hand not in signals.held_by
    return released and goal.receiving_hand in past and is_threaded(goal, signals, THREAD_LENGTH)


def is_put_down(goal: EyeletGoal, signals: StageSignals) -> bool:
    """Tell whether the aglet lies untouched with enough lace through."""
    return signals.resting and not signals.held_by and is_threaded(goal, signals, REST_LENGTH)


_CONDITIONS: dict[str, Callable[[EyeletGoal, StageSignals], bool]] = {
    "thread": lambda goal, signals: is_threaded(goal, signals, THREAD_LENGTH),
    "handover": is_handed_over,
    "pull": lambda goal, signals: is_threaded(goal, signals, PULL_LENGTH),
    "putdown": is_put_down,
}
