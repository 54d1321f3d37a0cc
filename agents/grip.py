"""Hands that do not close before they have arrived.

A deployed system smooths motions and not grippers: a hand that is told to move and then to close closes on the way. A deployed system
knows how long its smoothing takes to bring a hand to rest, and a policy can wait for it. It waits at least until the next chunk
has been chosen, which has to agree: a hand that was on its way when it was told to close is seen where it really came to
rest. Opening never waits, and nothing does where hands stop at once.
"""

from collections import deque
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.deployment import GRIPPERS, Deployment, Pipeline
from lacelab.envs.spec import ACTION_SIZE

_STEADY = 1e-3  # of full speed
_JITTER = 0.05  # of a gripper's action: what is held back by less closes nothing
_FINGERS = 4  # ticks: what is sent in the first one closes fingers within the two that follow


class Grip(Protocol):
    """What stands between what a policy wants of its grippers and what is sent."""

    def reset(self) -> None:
        """Begin an episode."""
        ...

    def __call__(self, actions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return actions (n, 14) as they are sent, one per tick."""
        ...


class PatientGrip:
    """Holds back what closes a hand."""

    def __init__(self, wait: int) -> None:
        """Close when told to for `wait` ticks, see `patience`."""
        self._wanted: deque[NDArray[np.float32]] = deque(maxlen=1 + wait)

    def reset(self) -> None:
        """Begin an episode."""
        self._wanted.clear()

    def __call__(self, actions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return actions (n, 14), one per tick, whose hands close when they have been told to for long enough."""
        patient = actions.copy()
        for action in patient:
            self._wanted.append(action[GRIPPERS])
            action[GRIPPERS] = np.maximum(self._wanted[-1], self._wanted[0])  # -1 is closed
        return patient


class Interlock:
    """Lets no hand open while the closing of the other one is held back, and until its fingers have had time to close.

    Who hands a lace over opens one hand a moment after the other one has closed; held back, the second would open first, and
    what is between them in mid-air would fall.
    """

    def __init__(self, grip: Grip) -> None:
        """Guard what is sent by a grip that holds back what closes a hand."""
        self._grip = grip
        self.reset()

    def reset(self) -> None:
        """Begin an episode."""
        self._grip.reset()
        self._sent = np.full(2, np.inf, np.float32)
        self._since = np.full(2, _FINGERS)  # ticks since the closing of each hand was held back

    def __call__(self, actions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return actions (n, 14), one per tick."""
        guarded = self._grip(actions)
        for wanted, action in zip(actions, guarded, strict=True):
            held_back = action[GRIPPERS] > wanted[GRIPPERS] + _JITTER
            self._since = np.where(held_back, 0, self._since + 1)
            most = np.where(self._since[::-1] < _FINGERS, self._sent, np.inf)
            action[GRIPPERS] = self._sent = np.minimum(action[GRIPPERS], most)
        return guarded


def interlocked(deployment: Deployment | None, executed: int) -> Interlock:
    """Return patience, see `patience`, with an interlock."""
    return Interlock(PatientGrip(patience(deployment, executed)))


def patience(deployment: Deployment | None, executed: int) -> int:
    """Return for how many ticks a hand waits before it closes.

    Args:
        deployment: what is known of the deployment mode, if there is one.
        executed: actions of a chunk that are carried out before the next one is chosen.
    """
    return max(stopping_ticks(deployment), executed) if deployment else 0


def stopping_ticks(deployment: Deployment) -> int:
    """Return how many ticks smoothing takes from full speed to rest."""
    smoother = Pipeline(deployment, latency=0)
    while smoother.command.min() < 1.0 - _STEADY or np.abs(smoother.change).max() > _STEADY:
        smoother.action(np.ones(ACTION_SIZE))
    return len(list(smoother.ramp()))
