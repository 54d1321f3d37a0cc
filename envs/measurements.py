"""What the judge needs to know about one instant: pure readers of the simulation."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .entities.arena import TABLE_HEIGHT
from .goals import EyeletGoal, PickGoal
from .rewards import Distances
from .simulation import Simulation
from .spec import CONTROL_PERIOD, Side
from .stages import StageSignals
from .touch import Touch

Array = NDArray[np.float64]

_REST_HEIGHT = 0.020  # m above the mat: on the mat, on the sole, on another lace
_REST_SPEED = 0.05  # m/s


class Measurements:
    """Reads geometry and contacts; holds references only."""

    def __init__(self, simulation: Simulation) -> None:
        """Take the shoe as it stands: nothing moves it during an episode."""
        self._simulation = simulation
        self._scene = simulation.scene
        self._tip_sites = [lace.tip_site for lace in self._scene.laces]
        self._vertices = np.stack([lace.vertex_bodies for lace in self._scene.laces])
        self._centres = simulation.data.site_xpos[self._scene.eyelet_sites]
        self._axes = simulation.data.site_xmat[self._scene.eyelet_sites][:, :, 2::3]

    def geometry(self) -> tuple[Array, Array, Array]:
        """Return what `ThreadingDetector.update` takes: centre lines, centres and axes of the eyelets."""
        data, (laces, vertices) = self._simulation.data, self._vertices.shape
        points = np.empty((laces, vertices + 1, 3))
        points[:, :-1] = data.xpos[self._vertices]
        points[:, -1] = data.site_xpos[self._tip_sites]
        return points, self._centres, self._axes

    def lace_signals(self, side: Side, touch: Touch, tip: Array, tip_before: Array, time: float) -> StageSignals:
        """Return what concerns a lace alone; its tip now and a tick ago, (3,) [m]."""
        height = float(max(tip[2], self._scene.laces[side.index].back(self._simulation.data)[2])) - TABLE_HEIGHT
        moved = tip - tip_before
        speed = sqrt(moved @ moved) / CONTROL_PERIOD
        resting = height < _REST_HEIGHT and speed < _REST_SPEED and not touch.touched_by
        return StageSignals(time, touch.held_by, height, resting)

    def wrong_eyelet(self, goal: EyeletGoal, net: NDArray[np.int64], baseline: NDArray[np.int64]) -> bool:
        """Tell whether the goal lace went through or out of another eyelet since the goal was given.

        Args:
            goal: names the lace and its eyelet.
            net: crossings (2 laces, 2 sides, eyelets) now.
            baseline: when the goal was given.
        """
        changed = net[goal.lace.index] != baseline[goal.lace.index]
        changed[goal.side.index, goal.index] = False
        return bool(changed.any())

    def held_past(self, lace: Side, touch: Touch, length: float) -> frozenset[Side]:
        """Return the hands that grip within a length of lace from its tip [m]."""
        return self._simulation.touch_reader.held_past(self._simulation.data, lace.index, touch, length)

    def distances(self, goal: PickGoal | EyeletGoal) -> Distances:
        """Return the distances of the dense reward."""
        data = self._simulation.data
        lace = self._scene.laces[goal.lace.index]
        hands, _ = self._simulation.tool_pose()
        reach = float(np.linalg.norm(hands - lace.back(data), axis=1).min())
        if isinstance(goal, PickGoal):
            return Distances(reach, np.inf, -1.0)
        site = self._scene.eyelet_sites[goal.side.index, goal.index]
        gap = float(np.linalg.norm(data.site_xpos[site] - data.site_xpos[lace.tip_site]))
        outward = data.site_xmat[site].reshape(3, 3)[:, 2]
        alignment = -goal.direction * float(outward @ lace.aglet_axis(data))
        return Distances(reach, gap, alignment)
