"""When a policy gets nowhere, as far as hands and laces show it."""

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.spec import CONTROL_PERIOD

from .achieved import Achieved
from .hands import holding

Observation = Mapping[str, NDArray[Any]]

_LATE = 20.0  # s since the last thing was achieved, or a lace was taken up
_CARRYING = 40.0  # s, with a lace in hand: let go in the air, it falls where nobody has picked one up
_CARRIED = TABLE_HEIGHT + 0.05  # m, of a hand with a lace
_RESTS = 4.0  # s, with nothing in hand; demonstrators never rest for longer than 3.6 s
_STILL = 0.01  # m within which hands rest


class Impasse:
    """Notices that a policy gets nowhere: nothing has been achieved or taken up for long, or empty hands rest."""

    def __init__(self, executed: int) -> None:
        """Expect a look every `executed` ticks."""
        self._looks, self._late, self._late_carrying = (
            round(seconds / (CONTROL_PERIOD * executed)) for seconds in (_RESTS, _LATE, _CARRYING)
        )
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self._achieved = Achieved()
        self.again()

    def again(self) -> None:
        """Begin to watch anew, in the same episode."""
        self._since, self._carried = 0, False
        self._hands: deque[NDArray[Any]] = deque(maxlen=1 + self._looks)

    @property
    def threaded(self) -> bool:
        """Whether a lace has gone through an eyelet, or back, since what is now asked for was."""
        return self._achieved.threaded

    def __call__(self, observation: Observation) -> bool:
        """Return whether an observation shows one."""
        holds = holding(observation)
        carries = bool((holds & (np.asarray(observation["target_position"])[:, 2] > _CARRIED)).any())
        if self._achieved(observation) or (carries and not self._carried):
            self.again()
        self._since, self._carried = self._since + 1, carries
        if holds.any():
            self._hands.clear()  # one hand may wait for the other
        self._hands.append(np.asarray(observation["target_position"]))
        rests = len(self._hands) > self._looks and np.ptp(np.array(self._hands), axis=0).max() < _STILL
        return bool(rests) or self._since > (self._late_carrying if carries else self._late)
