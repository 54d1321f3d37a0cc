"""What a demonstrator knows of the world: where things are, what is held, how far a lace is through.

It is read from the simulator's full state, through senses that may err.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.entities.lace import AGLET_LENGTH, FINE_EDGE
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import Side

Array = NDArray[np.float64]

_TAUT = 3.5  # N of tension at which a pull ends; a free lace is pulled through with less than 2 N
_OFF_THE_MAT = 0.012  # m
_MIDDLE = slice(-20, -12)  # of a lace's edges; nearer to the aglet it may hang slack behind a hand


@dataclass(frozen=True)
class Aglet:
    """A lace's aglet now."""

    back: Array  # (3,) [m]
    axis: Array  # (3,) from back to tip
    tip: Array  # (3,) [m]


class Senses(Protocol):
    """What a demonstrator takes for true."""

    def aglet(self, lace: Side, true: Aglet) -> Aglet:
        """Return an aglet's pose as it is perceived."""
        ...

    def eyelet(self, goal: EyeletGoal, centre: Array, axis: Array) -> tuple[Array, Array]:
        """Return an eyelet's centre and direction of insertion as they are perceived."""
        ...

    def laying(self) -> tuple[Array, float]:
        """Return how far beside the best place a lace will be laid, (2,) [m], and how far turned [rad]."""
        ...


class PerfectSenses:
    """See everything as it is."""

    def aglet(self, lace: Side, true: Aglet) -> Aglet:
        """Return the true pose."""
        del lace
        return true

    def eyelet(self, goal: EyeletGoal, centre: Array, axis: Array) -> tuple[Array, Array]:
        """Return the true centre and direction."""
        del goal
        return centre, axis

    def laying(self) -> tuple[Array, float]:
        """Return that it will lie in the best place."""
        return np.zeros(2), 0.0


class Perception:
    """What is where, in one episode."""

    def __init__(self, env: LacingEnv, senses: Senses | None = None) -> None:
        self._env = env
        self._senses = senses or PerfectSenses()

    def aglet(self, lace: Side) -> Aglet:
        """Return the pose of an aglet."""
        handle, data = self._env.scene.laces[lace.index], self._env.simulation.data
        back, axis = handle.back(data).copy(), handle.aglet_axis(data).copy()
        return self._senses.aglet(lace, Aglet(back, axis, data.site_xpos[handle.tip_site].copy()))

    def behind(self, lace: Side, distance: float) -> tuple[Array, Array]:
        """Return the vertex of a lace nearest to a distance [m] behind its aglet, (3,) [m], and the direction towards the aglet, (3,)."""
        points = self._env.scene.laces[lace.index].points(self._env.simulation.data)[:-1]  # without the tip
        index = len(points) - 1 - max(1, round(distance / FINE_EDGE))
        along = points[index + 1] - points[index - 1]
        return points[index].copy(), along / np.linalg.norm(along)

    def eyelet(self, goal: EyeletGoal) -> tuple[Array, Array]:
        """Return the eyelet's centre and the direction of insertion."""
        data = self._env.simulation.data
        site = self._env.scene.eyelet_sites[goal.side.index, goal.index]
        outward = data.site_xmat[site].reshape(3, 3)[:, 2]
        axis = -goal.direction * outward
        if goal.direction < 0:
            # From inside the normal points up: a level aglet keeps the hand clear of its own flap, and the
            # 15 degrees that it is off the normal cost little play in the eyelet.
            axis = axis * [1.0, 1.0, 0.0]
            axis /= np.linalg.norm(axis)
        return self._senses.eyelet(goal, data.site_xpos[site].copy(), axis)

    def laying(self) -> tuple[Array, float]:
        """Return how far beside the best place a lace will be laid, (2,) [m], and how far turned [rad]; ask once."""
        return self._senses.laying()

    def holds(self, hand: Side, lace: Side) -> bool:
        """Tell whether both pads of a hand press on a lace."""
        return hand in self._env.judge.touches[lace.index].held_by

    def net(self, goal: EyeletGoal) -> int:
        """Return the signed crossings of the goal eyelet by the goal lace."""
        return int(self._env.judge.threading.net[goal.lace.index, goal.side.index, goal.index])

    def through(self, goal: EyeletGoal) -> float:
        """Return the length of lace past the goal eyelet [m]."""
        here = goal.lace.index, goal.side.index, goal.index
        return float(self._env.judge.threading.through[here])

    def tension(self, lace: Side) -> float:
        """Return the tension of the middle of a lace [N]."""
        simulation = self._env.simulation
        handle = self._env.scene.laces[lace.index]
        return float(np.median(simulation.tensions()[handle.side.index, _MIDDLE]))

    def taut(self, lace: Side) -> bool:
        """Tell whether a lace is under more tension than sliding explains."""
        return self.tension(lace) > _TAUT

    def hangs(self, lace: Side) -> bool:
        """Tell whether an aglet is not on the mat: it lies on the shoe, or hangs from it."""
        aglet = self.aglet(lace)
        return max(aglet.back[2], aglet.tip[2]) > TABLE_HEIGHT + _OFF_THE_MAT

    def sticks_in(self, goal: EyeletGoal) -> bool:
        """Tell whether nobody holds the aglet but it still sticks in the goal eyelet."""
        centre, _ = self.eyelet(goal)
        return float(np.linalg.norm(self.aglet(goal.lace).tip - centre)) < AGLET_LENGTH
