"""Hands that go where they are wanted although a deployed system smooths their motions.

What bounded acceleration and jerk cut off a motion is lost: hands that are only told how fast to move come to rest some millimetres
beside where their actions lead, and a lace on the mat is picked up by its last millimetres. Here the path that is wanted goes on beside what is
sent, and what hands are behind it is sent besides, a share per tick: a proportional position loop with feed-forward of the velocity.
A policy sees its hands on that path, as it has learned to.
"""

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.deployment import MOTIONS, Deployment, Pipeline
from lacelab.envs.spec import ACTION_SIZE

_GAIN = 0.3  # share of what hands are behind that is sent per tick


class Following:
    """Stands between the actions that are wanted and those that are sent; without a deployment mode they are the same."""

    def __init__(self, deployment: Deployment | None) -> None:
        """Know what smoothing does to actions."""
        self._deployment = deployment
        self.reset()

    def reset(self) -> None:
        """Begin an episode: hands are where they are wanted."""
        self._smoother = Pipeline(self._deployment, latency=0) if self._deployment else None
        self._rest = self._behind = np.zeros(ACTION_SIZE)

    @property
    def behind(self) -> NDArray[np.float32]:
        """What is missing, as one action (1, 14) beyond all bounds: from where hands come to rest to where they are wanted.

        Without a deployment mode no action (0, 14): observations then keep their bits.
        """
        return self._behind[None].astype(np.float32) if self._smoother else np.zeros((0, ACTION_SIZE), np.float32)

    def __call__(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the actions (n, 14) to send for wanted ones, one per tick."""
        if self._smoother is None:
            return wanted
        return np.array([self._sent(self._smoother, action) for action in wanted.astype(np.float64)], np.float32)

    def _sent(self, smoother: Pipeline, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
        sent = np.where(MOTIONS, np.clip(wanted + _GAIN * self._behind, -1.0, 1.0), wanted)
        moved, before = smoother.action(sent), self._rest
        self._rest = np.sum([np.zeros(ACTION_SIZE), *smoother.ramp()], axis=0)
        self._behind = np.where(MOTIONS, self._behind + wanted - (moved + self._rest - before), 0.0)
        return sent
