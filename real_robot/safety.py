"""The filter between any command and the wire: pure, fast, without a switch.

One joint target per tick goes in; set-points that obey every limit come out, with a way to a standstill behind them.
Whatever cannot be obeyed is cut down to what can. A command whose path comes too near to the other arm, the table or
the border of the workspace is not followed at all: the arms come to rest where the last good one led.
"""

from typing import NamedTuple

import numpy as np

from lacelab.envs.spec import CONTROL_PERIOD

from .clearance import REACH, Clearance, ClearanceModel, travel
from .faults import Intervention
from .limits import Limits, feed_forward, servos
from .robot import JOINTS_PER_ARM, Array, JointState
from .smoothing import Smoother

ROWS = 20  # set-points per tick
_CORNERS = 1.25  # smoothing cuts corners: a path is checked as if it were this much longer
_CUT = 0.25  # share of the shorter of two paths: half of the averages, 30 ms, over a tick, and a little more
_FINEST = 0.0005  # m, paths shorter than this are not divided any further
_STALLED = (0.1, 0.05)  # rad/s and rad: a finger slower than this and this far from its target presses on something
_SLACK = 1.2  # times the torque limit, before a fault is latched
_ROUNDING = 1e-12  # rad


class Filtered(NamedTuple):
    """What may be sent."""

    setpoints: Array  # (rows + tail, 2, 8) [rad]
    motion: Array  # (rows + tail, 2, 8) [rad]
    interventions: tuple[Intervention, ...]
    overload: float  # largest torque of a servo against an arm that does not follow, as a share of its limit


class SafetyFilter:
    """Filters the targets of one robot, tick by tick."""

    def __init__(self, limits: Limits | None = None, rows: int = ROWS) -> None:
        self.limits = limits or Limits()
        self.period = CONTROL_PERIOD / rows
        windows = [max(1, round(average / self.period)) for average in self.limits.averages]
        self._smoother = Smoother(rows, self.period, (windows[0], windows[1]))
        self._rows = rows
        phase = np.arange(1, rows + 1) / rows
        self._phase = np.repeat(phase[:, None], 2 * JOINTS_PER_ARM, axis=1)
        low, high = self.limits.position
        self._low, self._high = low.ravel(), high.ravel()
        self._stride = (self.limits.velocity * CONTROL_PERIOD).ravel()
        self._give = (self.limits.torque / servos().stiffness).ravel()
        self._inverse_give, self._grip = 1 / self._give, self.limits.grip_angle
        self._workspace: tuple[list[float], list[float]] = tuple(self.limits.workspace.tolist())
        self._fingers = [JOINTS_PER_ARM - 1, 2 * JOINTS_PER_ARM - 1]
        self._clearance = ClearanceModel()
        self.start(np.clip(np.zeros((2, JOINTS_PER_ARM)), low, high))

    @property
    def rest(self) -> Array:
        """Where the arms come to rest if nothing more is sent (2, 8) [rad]."""
        return self._smoother.last.reshape(2, JOINTS_PER_ARM)

    def start(self, position: Array) -> None:
        """Begin at rest at joint positions (2, 8) [rad]."""
        inside = np.clip(position.ravel(), self._low, self._high)
        self._smoother.start(inside)
        self._motion = inside
        self._here, self._travelled = self._clearance.measure(inside), 0.0

    @property
    def tail(self) -> int:
        """How many rows lead to the standstill."""
        return self._smoother.tail

    def skip(self, rows: int) -> None:
        """Take into account that so many rows of the last tail have been played, or not all rows before it."""
        self._smoother.skip(rows)

    def hold(self) -> Filtered:
        """Return the way to a standstill from wherever the motion is."""
        return self._emit(self._smoother.last, (Intervention.HELD,), 0.0)

    def step(self, target: Array, state: JointState, age: float = 0.0) -> Filtered:
        """Filter the target of one tick.

        Args:
            target: (2, 8), finite [rad].
            state: the newest measurement.
            age: of the measurement; the joints are taken to have gone on as they did [s].
        """
        changes: list[Intervention] = []
        last, wanted, measured = self._smoother.last, target.ravel(), state.position.ravel()
        if age > 0.0:
            speed = np.minimum(np.maximum(state.velocity, -self.limits.velocity), self.limits.velocity)
            measured = measured + speed.ravel() * min(age, self.limits.state_age)
        behind = self._motion - measured
        give = self._give_of(state, behind)
        # Where the arm will be at the end of the tick if it goes on as it does now.
        drift = np.minimum(np.maximum(state.velocity.ravel() * CONTROL_PERIOD, -self._stride), self._stride)
        forward, backward = measured + np.maximum(drift, 0.0) + give, measured + np.minimum(drift, 0.0) - give
        goal = np.minimum(np.maximum(wanted, backward), forward)
        goal = np.minimum(np.maximum(goal, self._low), self._high)
        goal = np.minimum(np.maximum(goal, last - self._stride), last + self._stride)
        if (goal != wanted).any():
            self._explain(wanted, goal, (backward, forward), changes)
        goal = self._keep_clear(last, goal, changes)
        overload = float(np.abs(behind * self._inverse_give).max())
        return self._emit(goal, tuple(changes), overload)

    @staticmethod
    def overloaded(filtered: Filtered) -> bool:
        """Tell whether an arm is so far from where it should be that its servo exceeds its limit."""
        return filtered.overload > _SLACK

    def _give_of(self, state: JointState, behind: Array) -> Array:
        """Return how far targets may be from the joints, so that no servo pushes harder than its limit [rad]."""
        slow, far = _STALLED
        fingers, give = self._fingers, self._give
        for i, velocity in zip(fingers, state.velocity[:, -1].tolist(), strict=True):
            if abs(velocity) < slow and abs(behind[i]) > far:  # It presses on something.
                give = give.copy()
                give[i] = self._grip
        return give

    def _explain(self, wanted: Array, goal: Array, torque: tuple[Array, Array], changes: list[Intervention]) -> None:
        """Name the limits that a target met."""
        changed = np.abs(goal - wanted) > _ROUNDING
        pushing = changed & ((wanted < torque[0]) | (wanted > torque[1]))
        outside = changed & ((wanted < self._low) | (wanted > self._high))
        found = {
            Intervention.GRIP: pushing[self._fingers].any(),
            Intervention.TORQUE: np.delete(pushing, self._fingers).any(),
            Intervention.POSITION: outside.any(),
            Intervention.VELOCITY: (changed & ~pushing & ~outside).any(),
        }
        changes.extend(kind for kind, present in found.items() if present)

    def _keep_clear(self, last: Array, goal: Array, changes: list[Intervention]) -> Array:
        """Return the goal if the way there is clear, else the last one."""
        here, there = self._here, self._clearance.measure(goal)
        outside = self._outside(there)
        if outside > 0 and outside >= self._outside(here):
            changes.append(Intervention.WORKSPACE)
        elif not self._may_turn(here, there) or not self._is_clear(last, goal, here, there):
            changes.append(Intervention.CLEARANCE)
        else:
            self._here, self._travelled = there, travel(here, there)
            return goal
        self._travelled = 0.0
        return last

    def _may_turn(self, here: Clearance, there: Clearance) -> bool:
        """Tell whether there is room to cut the corner between the last path and the next, as smoothing does."""
        cut = _CUT * min(self._travelled, travel(here, there))
        return self._room(here) >= cut or self._travelled == 0.0

    def _is_clear(self, start: Array, end: Array, here: Clearance, there: Clearance) -> bool:
        """Tell whether a straight path in joint space keeps its distance from one end to the other.

        No point of it is farther from the nearer end than half the path is long.
        """
        room, room_there = self._room(here), self._room(there)
        if room < 0:
            return room_there > room  # Too close already: whatever leads away is welcome.
        if room_there < 0:
            return False
        length = _CORNERS * travel(here, there)
        if room + room_there >= length or length < _FINEST:
            return True
        middle = (start + end) / 2
        between = self._clearance.measure(middle)
        return self._is_clear(start, middle, here, between) and self._is_clear(middle, end, between, there)

    def _room(self, found: Clearance) -> float:
        """Return the distance to spare [m]."""
        limits = self.limits
        return min(found.arms - limits.arms, found.tips - limits.tips, found.table - limits.table, REACH)

    def _outside(self, found: Clearance) -> float:
        """Return how far a pinch centre is outside of the workspace [m]; plain numbers are quicker than small arrays."""
        low, high = self._workspace
        worst = 0.0
        for tool in found.tools.tolist():
            for value, least, most in zip(tool, low, high, strict=True):
                worst = max(worst, least - value, value - most)
        return worst

    def _emit(self, goal: Array, changes: tuple[Intervention, ...], overload: float) -> Filtered:
        last = self._smoother.last
        motion, velocity = self._smoother.push(last + self._phase * (goal - last))
        self._motion = motion[self._rows - 1]
        setpoints = feed_forward(velocity)
        setpoints += motion
        np.maximum(setpoints, self._low, out=setpoints)
        np.minimum(setpoints, self._high, out=setpoints)
        shape = (len(motion), 2, JOINTS_PER_ARM)
        return Filtered(setpoints.reshape(shape), motion.reshape(shape), changes, overload)
