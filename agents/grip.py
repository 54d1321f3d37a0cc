"""Hands that do not close before they have arrived.

A deployed system smooths motions and not grippers: a hand that is told to move and then to close closes on the way. A deployed system
knows how long its smoothing takes to bring a hand to rest, and a policy can wait for it. It waits at least until the next chunk
has been chosen, which has to agree: a hand that was on its way when it was told to close is seen where it really came to
rest. Opening never waits, and nothing does where hands stop at once.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.deployment import GRIPPERS, Deployment, Pipeline
from lacelab.envs.spec import ACTION_SIZE

_STEADY = 1e-3  # of full speed


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
