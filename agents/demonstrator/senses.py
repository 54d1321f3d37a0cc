"""The eyes of a teleoperator: everything is seen a little beside where it is, differently at each attempt."""

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.goals import EyeletGoal
from lacelab.envs.spec import Side

from .operators import Operator
from .perception import Aglet

Array = NDArray[np.float64]

_LEVEL = np.array([1.0, 1.0, 0.2])  # heights over the mat are felt rather than seen
_DEPTH = 0.3  # share of an eyelet's error along its axis: the flap is felt, too
_NEARER = 0.3  # share of the error of what is offered close to the eyes
_BESIDE = (0.0035, 0.0055)  # m, aim off the centre that cannot pass an eyelet of 6 mm
_BEHIND = (0.006, 0.010)  # m, grasps this far behind the intended place hold lace, not aglet
_TURN = 15.0  # rad by which a lace is turned for each metre beside its place, as deviations go
_OVER = (0.008, 0.011)  # m, hands that close this far above a tip hold nothing


class FallibleSenses:
    """What one operator takes for true; the errors stay until the next look."""

    def __init__(self, operator: Operator, generator: np.random.Generator) -> None:
        self._operator = operator
        self._generator = generator
        self._aglet_error = np.zeros(3)  # m, in the world
        self._behind = 0.0  # m, along the aglet
        self._eyelet_error = np.zeros(3)  # m: two axes across, one along the direction of insertion

    def aglet(self, lace: Side, true: Aglet) -> Aglet:
        """Return an aglet's pose as it is perceived."""
        del lace
        error = self._aglet_error - self._behind * true.axis
        return Aglet(true.back + error, true.axis, true.tip + error)

    def eyelet(self, goal: EyeletGoal, centre: Array, axis: Array) -> tuple[Array, Array]:
        """Return an eyelet's centre and direction of insertion as they are perceived."""
        del goal
        across = np.cross(axis, [0.0, 0.0, 1.0])
        across /= np.linalg.norm(across)
        basis = np.stack([across, np.cross(across, axis), axis])
        return centre + self._eyelet_error @ basis, axis

    def laying(self) -> tuple[Array, float]:
        """Return how far beside the best place a lace will be laid, (2,) [m], and how far turned [rad]; new at each call."""
        spread = self._operator.lay_spread
        if not spread:
            return np.zeros(2), 0.0
        x, y, turn = np.clip(self._generator.normal(0.0, 1.0, 3), -2.0, 2.0) * spread * [1.0, 1.0, _TURN]
        return np.array([x, y]), float(turn)

    def look_at_lying_aglet(self, failures: int, badly: bool) -> None:
        """Perceive where to grasp an aglet on the mat."""
        self._aglet_error = self._draw(self._operator.grasp_error, failures) * _LEVEL
        self._behind = float(self._generator.uniform(*_BEHIND)) if badly else 0.0

    def look_at_held_tip(self) -> None:
        """Perceive where the tip in one's own hand is."""
        self._aglet_error = self._draw(self._operator.tip_error, 0)
        self._behind = 0.0

    def look_at_offered_tip(self, failures: int, badly: bool) -> None:
        """Perceive where to take over a tip."""
        self._aglet_error = self._draw(self._operator.grasp_error, failures) * _NEARER
        self._behind = 0.0
        if badly:
            self._aglet_error = self._aglet_error + [0.0, 0.0, self._generator.uniform(*_OVER)]

    def look_at_eyelet(self, failures: int, badly: bool) -> None:
        """Perceive where the eyelet is."""
        error = self._draw(self._operator.eyelet_error, failures)
        if badly:
            angle, radius = self._generator.uniform(0.0, 2 * np.pi), self._generator.uniform(*_BESIDE)
            error = np.array([radius * np.cos(angle), radius * np.sin(angle), error[2]])
        self._eyelet_error = error * [1.0, 1.0, _DEPTH]

    def _draw(self, deviation: float, failures: int) -> Array:
        return self._generator.normal(0.0, deviation * self._operator.learning**failures, 3)
