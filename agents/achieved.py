"""What has been achieved since something was asked for, as far as an observation tells: laces that have gone through eyelets, or back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Achieved:
    """Watches which laces are in eyelets."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self._asked: bytes | None = None
        self._threaded = self._before = np.zeros(0)

    @property
    def threaded(self) -> bool:
        """Whether a lace has gone through an eyelet, or back, since what is now asked for was."""
        return not np.array_equal(self._threaded, self._before)

    def __call__(self, observation: Mapping[str, NDArray[Any]]) -> bool:
        """Return whether an observation shows that something new is asked for, or that a lace has gone through, or back."""
        asked, threaded = observation["instruction"].tobytes(), np.rint(observation["threaded"])
        if asked != self._asked:
            self._asked, self._threaded, self._before = asked, threaded, threaded
            return True
        achieves = not np.array_equal(threaded, self._threaded)
        self._threaded = threaded
        return achieves
