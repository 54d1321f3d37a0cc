"""Judges an episode: follows the laces through the eyelets, counts stages, tells success, failure and foul play."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import rewards
from .entities.arena import TABLE_HEIGHT
from .goals import EyeletGoal, Goal, PickGoal
from .rewards import Distances
from .simulation import Simulation, Touch
from .spec import STAGES
from .stages import StageMachine, StageSignals, StageState
from .tasks import Task
from .threading import Threading, ThreadingDetector, ThreadingState

Array = NDArray[np.float64]

_REST_HEIGHT = 0.020  # m above the mat: on the mat, on the sole, on another lace
_REST_SPEED = 0.05  # m/s


@dataclass(frozen=True)
class JudgeState:
    """All that the judge remembers; immutable, so that a snapshot is a reference."""

    current: int  # index of the goal that is worked on
    done: tuple[StageState, ...]  # final states of the goals before it
    machine: StageState
    threading: ThreadingState
    baseline: NDArray[np.int64]  # net crossings when the current goal was given
    tips: Array  # (2, 3) of the last tick [m]


class Judge:
    """Follows one episode; `state` is saved and restored."""

    def __init__(
        self, task: Task, goals: tuple[Goal, ...], simulation: Simulation, radius: float
    ) -> None:
        self._task = task
        self.goals = goals
        self._simulation = simulation
        self._detector = ThreadingDetector(radius)
        self._lace_index = [lace.side for lace in simulation.scene.laces]
        self.threading = self._detector.reset(*self._geometry())
        self.touches: tuple[Touch, Touch] = simulation.touches()
        self.signals: StageSignals | None = None
        self._current = 0
        self._done: tuple[StageState, ...] = ()
        self._machine = self._new_machine()
        self._baseline = self.threading.net.copy()
        self._tips = self._read_tips()

    @property
    def state(self) -> JudgeState:
        """What `restore` needs."""
        return JudgeState(
            self._current,
            self._done,
            self._machine.state,
            self._detector.state,
            self._baseline,
            self._tips,
        )

    def restore(self, state: JudgeState, threading: Threading) -> None:
        """Continue from `state`, where the detector reported `threading`."""
        self._current, self._done = state.current, state.done
        self._machine = self._new_machine()
        self._machine.state = state.machine
        self._detector.state = state.threading
        self._baseline, self._tips = state.baseline, state.tips
        self.threading = threading

    @property
    def goal(self) -> Goal:
        """The goal that is worked on."""
        return self.goals[self._current]

    @property
    def success(self) -> bool:
        """Whether every goal is reached."""
        return len(self._done) == len(self.goals) or (
            self._current == len(self.goals) - 1 and self._machine.state.success
        )

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
        self.threading = self._detector.update(*self._geometry())
        self.touches = self._simulation.touches()
        self.signals = self._read_signals(time)
        self._machine.update(self.signals)
        if not self._machine.state.success or self._current == len(self.goals) - 1:
            return False
        self._done = (*self._done, self._machine.state)
        self._current += 1
        self._machine = self._new_machine()
        self._baseline = self.threading.net.copy()
        return True

    def stages(self) -> list[dict[str, float | None]]:
        """Return the stage times of every goal that was given."""
        return [state.stage_times() for state in (*self._done, self._machine.state)]

    def reward_terms(self) -> dict[str, float]:
        """Return the dense terms of this tick."""
        assert self.signals is not None
        return rewards.dense(self.goal, self.signals, self._machine.state, self._distances())

    def _new_machine(self) -> StageMachine:
        name = "ThreadEyelet" if self._task.name == "LaceShoe" else self._task.name
        return StageMachine(name, self.goal, self._task.starts_in_hand)

    def _geometry(self) -> tuple[Array, Array, Array]:
        data, scene = self._simulation.data, self._simulation.scene
        points = np.stack([lace.points(data) for lace in scene.laces])
        return (
            points,
            data.site_xpos[scene.eyelet_sites],
            data.site_xmat[scene.eyelet_sites][:, :, 2::3],
        )

    def _read_tips(self) -> Array:
        data, scene = self._simulation.data, self._simulation.scene
        return np.stack([data.site_xpos[lace.tip_site] for lace in scene.laces])

    def _read_signals(self, time: float) -> StageSignals:
        goal = self.goal
        assert isinstance(goal, PickGoal | EyeletGoal)
        index = goal.lace.index
        lace, touch = self._simulation.scene.laces[index], self.touches[index]
        tips = self._read_tips()
        speed = float(np.linalg.norm(tips[index] - self._tips[index])) / 0.05
        self._tips = tips
        height = float(max(tips[index, 2], lace.back(self._simulation.data)[2])) - TABLE_HEIGHT
        resting = height < _REST_HEIGHT and speed < _REST_SPEED and not touch.touched_by
        signals = StageSignals(time, touch.held_by, height, resting)
        if isinstance(goal, PickGoal):
            return signals
        here = (index, goal.side.index, goal.index)
        elsewhere = self.threading.net[index] != self._baseline[index]
        elsewhere[goal.side.index, goal.index] = False
        return replace(
            signals,
            net=int(self.threading.net[here]),
            through=float(self.threading.through[here]),
            wrong_eyelet=bool(elsewhere.any()),
        )

    def _distances(self) -> Distances:
        goal, data, scene = self.goal, self._simulation.data, self._simulation.scene
        assert isinstance(goal, PickGoal | EyeletGoal)
        lace = scene.laces[goal.lace.index]
        hands, _ = self._simulation.tool_pose()
        reach = float(np.linalg.norm(hands - lace.back(data), axis=1).min())
        if isinstance(goal, PickGoal):
            return Distances(reach, 0.0, 0.0)
        site = scene.eyelet_sites[goal.side.index, goal.index]
        gap = float(np.linalg.norm(data.site_xpos[site] - data.site_xpos[lace.tip_site]))
        outward = data.site_xmat[site].reshape(3, 3)[:, 2]
        alignment = -goal.direction * float(outward @ lace.aglet_axis(data))
        return Distances(reach, gap, alignment)


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
