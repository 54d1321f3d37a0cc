"""Judges an episode: follows the laces through the eyelets, counts stages, tells success, failure and foul play."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import rewards
from .goals import EyeletGoal, PickGoal
from .measurements import Measurements
from .simulation import Simulation
from .spec import STAGES
from .stages import StageMachine, StageSignals, StageState
from .tasks import Target, Task
from .threading import Threading, ThreadingDetector, ThreadingState
from .touch import Touch

Array = NDArray[np.float64]


@dataclass(frozen=True)
class JudgeState:
    """All that the judge remembers; immutable, so that a snapshot is a reference."""

    current: int  # index of the goal that is worked on
    done: tuple[StageState, ...]  # final states of the goals before it
    machine: StageState
    detector: ThreadingState
    threading: Threading  # what the detector reported
    baseline: NDArray[np.int64]  # net crossings when the current goal was given
    tips: Array  # (2, 3) of the last tick [m]
    potential: float  # of the dense reward


class Judge:
    """Follows one episode; `state` is saved and restored."""

    def __init__(
        self, task: Task, goals: tuple[Target, ...], simulation: Simulation, radius: float, dense: bool = False
    ) -> None:
        """Take the world as it is.

        Args:
            task: decides success.
            goals: worked on one after the other.
            simulation: what to judge.
            radius: inner radius of the eyelets [m].
            dense: pay the shaped reward instead of the sparse one.
        """
        self.goals = goals
        self._task, self._dense = task, dense
        self._simulation = simulation
        self._measure = Measurements(simulation)
        self._detector = ThreadingDetector(radius)
        points, *eyelets = self._measure.geometry()
        self.threading = self._detector.reset(points, *eyelets)
        self.touches: tuple[Touch, Touch] = simulation.touches()
        self._tips = self._tips_before = points[:, -1]
        self._done: tuple[StageState, ...] = ()
        self.reward = 0.0
        self.reward_terms: dict[str, float] = {}
        self._give_goal(0)

    @property
    def state(self) -> JudgeState:
        """What `restore` needs."""
        return JudgeState(
            self._current,
            self._done,
            self._machine.state,
            self._detector.state,
            self.threading,
            self._baseline,
            self._tips.copy(),
            self._potential,
        )

    def restore(self, state: JudgeState) -> None:
        """Continue from `state`; the simulation is already where it was then."""
        self._give_goal(state.current)
        self._done, self._machine.state = state.done, state.machine
        self._detector.state, self.threading = state.detector, state.threading
        self._baseline, self._potential = state.baseline, state.potential
        self._tips = self._tips_before = state.tips
        self.touches = self._simulation.touches()

    @property
    def goal(self) -> Target:
        """The goal that is worked on."""
        return self.goals[self._current]

    @property
    def success(self) -> bool:
        """Whether every goal is reached."""
        return self.goals_done == len(self.goals)

    @property
    def stage_state(self) -> StageState:
        """Progress on the current goal."""
        return self._machine.state

    @property
    def goals_done(self) -> int:
        """Number of goals reached."""
        return len(self._done) + int(self._machine.state.success)

    def update(self, time: float) -> bool:
        """Take one tick into account; return whether a new goal is given from now on."""
        points, *eyelets = self._measure.geometry()
        self.threading = self._detector.update(points, *eyelets)
        self.touches = self._simulation.touches()
        self._tips_before, self._tips = self._tips, points[:, -1]
        signals = self._read_signals(time)
        self._machine.update(signals)
        self._pay(signals)
        if not self._machine.state.success or self._current == len(self.goals) - 1:
            return False
        self._done = (*self._done, self._machine.state)
        self._give_goal(self._current + 1)
        return True

    def stages(self) -> list[dict[str, float | None]]:
        """Return the stage times of every goal that was given."""
        return [state.stage_times() for state in (*self._done, self._machine.state)]

    def _give_goal(self, number: int) -> None:
        """Begin with a goal; what the laces have gone through so far is not its business."""
        self._current = number
        name = "ThreadEyelet" if self._task.name == "LaceShoe" else self._task.name
        self._machine = StageMachine(name, self.goal, self._task.starts_in_hand)
        self._baseline = self.threading.net.copy()
        self._potential = 0.0
        if self._dense:
            self._potential = rewards.potential(self._terms(self._read_signals(0.0)))

    def _pay(self, signals: StageSignals) -> None:
        """Set the reward of this tick; the shaped one starts anew with every goal."""
        self.reward = float(self.success)
        if self._dense:
            self.reward_terms = self._terms(signals)
            potential = rewards.potential(self.reward_terms)
            self.reward = rewards.shaped(self._potential, potential, self._machine.state)
            self._potential = potential

    def _terms(self, signals: StageSignals) -> dict[str, float]:
        return rewards.dense(self.goal, signals, self._machine.state, self._measure.distances(self.goal))

    def _read_signals(self, time: float) -> StageSignals:
        lace = self.goal.lace.index
        touch = self.touches[lace]
        signals = self._measure.lace_signals(self.goal.lace, touch, self._tips[lace], self._tips_before[lace], time)
        if isinstance(self.goal, PickGoal):
            return signals
        return self._look_at_eyelet(self.goal, signals, touch)

    def _look_at_eyelet(self, goal: EyeletGoal, signals: StageSignals, touch: Touch) -> StageSignals:
        """Add what concerns the goal eyelet; who grips past it, only where a stage asks, as it costs most."""
        here = (goal.lace.index, goal.side.index, goal.index)
        net, through, past = int(self.threading.net[here]), float(self.threading.through[here]), None
        if net == goal.direction and self._machine.state.stage in ("thread", "handover"):
            past = self._measure.held_past(goal.lace, touch, through)
        wrong = self._measure.wrong_eyelet(goal, self.threading.net, self._baseline)
        return replace(signals, net=net, through=through, wrong_eyelet=wrong, held_past_by=past)


def progress_info(judge: Judge) -> dict[str, Any]:
    """Return the entries of `info` that tell how far an episode has come."""
    state = judge.stage_state
    times = judge.stages()
    return {
        "is_success": judge.success,
        "stage": state.stage,
        "max_stage": min(state.completed, len(STAGES)),
        "stages": times[-1],
        "invalid": judge.threading.invalid is not None,
        "invalid_reason": judge.threading.invalid,
        "eyelets_done": judge.goals_done,
        "eyelets": times,
    }
