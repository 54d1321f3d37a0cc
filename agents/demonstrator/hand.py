"""The hand of a teleoperator: it accelerates gradually and trembles."""

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.spec import ACTION_PER_ARM, CONTROL_PERIOD, ROTATION_SCALE, SIDES, TRANSLATION_SCALE

from .operators import Operator

Array = NDArray[np.float64]

_LEVER = 0.05  # m, from the wrist's rotation to a trembling fingertip
_MEMORY = (
    -0.6
)  # correlation of the tremor from tick to tick: its 8 to 12 Hz fold to just below the 10 Hz of 20 Hz ticks
_BRAKING = 0.7  # share of a change that slows down which happens in the first tick


class Hand:
    """Turns wanted actions into those of a hand."""

    def __init__(self, operator: Operator, generator: np.random.Generator) -> None:
        self._generator = generator
        self._gain = 1.0 - float(np.exp(-CONTROL_PERIOD / operator.smoothing))
        unit = np.repeat([1.0 / TRANSLATION_SCALE, 1.0 / (_LEVER * ROTATION_SCALE)], 3)
        self._amplitude = operator.tremor * unit  # action per rms of position
        self._motion = np.zeros((len(SIDES), 6))
        self._tremor = np.zeros((len(SIDES), 6))

    def rest(self) -> None:
        """Come to rest: somebody else has moved in the meantime."""
        self._motion = np.zeros_like(self._motion)

    def shape(self, action: Array) -> Array:
        """Return the action (14,) that comes of a wanted one."""
        wanted = action.reshape(len(SIDES), ACTION_PER_ARM)
        shaped = wanted.astype(np.float64).copy()
        shaped[:, :6] = self._follow(shaped[:, :6]) + self._tremble()
        return np.clip(shaped, -1.0, 1.0).ravel()

    def _follow(self, wanted: Array) -> Array:
        """Accelerate with the time constant; brake faster, as people do before a goal."""
        braking = np.abs(wanted) < np.abs(self._motion)
        gain = np.where(braking, max(self._gain, _BRAKING), self._gain)
        self._motion = self._motion + gain * (wanted - self._motion)
        return self._motion

    def _tremble(self) -> Array:
        """Return the change of the tremor's displacement in this tick."""
        noise = self._generator.normal(0.0, np.sqrt(1.0 - _MEMORY**2), self._tremor.shape)
        before, self._tremor = self._tremor, _MEMORY * self._tremor + noise
        return (self._tremor - before) * self._amplitude
