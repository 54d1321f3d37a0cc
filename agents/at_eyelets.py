"""Who looks after a lace that is in its eyelet: one who holds it again (`holding_again`) and takes it (`sure_take`), or nobody, as before there was that."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .holding_again import HoldingAgain
from .motions import Pose, hands_of
from .sure_take import SureTake
from .taking import Taking

Observation = Mapping[str, NDArray[Any]]


class AtEyelets(Protocol):
    """What a policy that starts over asks of who looks after a lace in its eyelet."""

    @property
    def busy(self) -> bool:
        """Whether a hand is on its way to take hold again."""
        ...

    @property
    def takes(self) -> int:
        """How many hands were led to an aglet and closed."""
        ...

    def reset(self) -> None:
        """Begin an episode."""
        ...

    def again(self) -> None:
        """Begin anew, in the same episode."""
        ...

    def lost(self, observation: Observation, threaded: bool, misses: int) -> bool:
        """Return whether what is in an eyelet is to be held again; see `HoldingAgain`."""
        ...

    def begin(self, hands: Pose, home: Pose) -> None:
        """Send the hand that is to hold it on its way, and the other one home."""
        ...

    def hold(self, ahead: Observation, count: int) -> NDArray[np.float32]:
        """Return the next actions (count, 14) on that way, given an observation with hands where everything that is under way leads."""
        ...

    def take(self, ahead: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return actions (n, 14) instead of those that are wanted; see `SureTake`."""
        ...


class Careful:
    """Holds again what nobody holds any more, and closes hands that hover around it."""

    def __init__(self) -> None:
        """Begin with nothing in any eyelet."""
        self._holding, self._take = HoldingAgain(), SureTake()
        self._taking: Taking | None = None

    @property
    def busy(self) -> bool:
        """Whether a hand is on its way to take hold again."""
        return self._taking is not None

    @property
    def takes(self) -> int:
        """How many hands were led to an aglet and closed."""
        return self._take.takes

    def reset(self) -> None:
        """Begin an episode."""
        self._holding.reset()
        self._take.reset()
        self._taking = None

    def again(self) -> None:
        """Begin anew, in the same episode."""
        self._take.again()

    def lost(self, observation: Observation, threaded: bool, misses: int) -> bool:
        """Return whether what is in an eyelet is to be held again; see `HoldingAgain`."""
        return self._holding(observation, threaded, misses)

    def begin(self, hands: Pose, home: Pose) -> None:
        """Send the hand that is to hold it on its way, and the other one home."""
        self._taking = Taking(self._holding.begin(), hands, home)

    def hold(self, ahead: Observation, count: int) -> NDArray[np.float32]:
        """Return the next actions (count, 14) on that way, which ends where it has closed, or where nothing hangs in an eyelet any more."""
        assert self._taking is not None
        actions = self._taking(hands_of(ahead), self._holding.place(ahead), count)
        if self._taking.over or not self._holding.hangs(ahead):
            self._taking = None
        return actions

    def take(self, ahead: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return actions (n, 14) instead of those that are wanted; see `SureTake`."""
        return self._take(ahead, wanted)


class Nobody:
    """Leaves everything to the policy."""

    busy, takes = False, 0

    def reset(self) -> None:
        """Begin an episode."""

    def again(self) -> None:
        """Begin anew, in the same episode."""

    def lost(self, observation: Observation, threaded: bool, misses: int) -> bool:
        """Return that nothing is to be held again."""
        return False

    def begin(self, hands: Pose, home: Pose) -> None:
        """Send nobody on a way."""

    def hold(self, ahead: Observation, count: int) -> NDArray[np.float32]:
        """Refuse, as nobody is on a way."""
        raise AssertionError("Nobody holds anything again.")

    def take(self, ahead: Observation, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what is wanted."""
        return wanted
