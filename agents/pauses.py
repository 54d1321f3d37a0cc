"""Pauses of a policy: its hands rest although there is something to do, until the noise of some chunk moves them again.

Nothing in the scene changes in the meantime, so that an episode without its pauses is one that could have happened.
Demonstrators of ThreadEyelet never rest for longer than 72 ticks and rarely for longer than 40; those of whole shoes rested for 60 and more
over the heel, with a turn in mind that a hand cannot make up there; patience makes hands wait for 12 at most. Pure functions.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .data.schema import SCENE, STATE, TOKENS, unflatten
from .rollouts import Rollout

_AROUND = 12  # ticks before and after one in which everything rests
_KEPT = 4  # ticks at the beginning and at the end of a pause
_STILL = {"target_position": 0.004, "target_rotation": 0.05, "gripper_opening": 0.002}
"""How far hands may go and still rest: m, entries of a rotation matrix, m."""


def without_pauses(rollout: Rollout) -> Rollout:
    """Return an episode without what lies within its pauses."""
    kept = ~pauses(rollout.frames)
    frames = {name: values[kept] for name, values in rollout.frames.items()}
    return rollout._replace(frames=frames, reward=rollout.reward[kept])


def pauses(frames: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Return which ticks (ticks,) lie within a pause, but for its first and last few; never the last one of the episode.

    Args:
        frames: of one episode, feature -> (ticks, width).
    """
    seen = unflatten({name: frames[name] for name in (STATE, SCENE, TOKENS)})
    limits = [(values.reshape(len(values), -1), _STILL[name]) for name, values in seen.items() if name in _STILL]
    still = np.logical_and.reduce([_spread(values, _AROUND) < largest for values, largest in limits])
    steady = np.logical_and.reduce([_spread(values, 1) < largest for values, largest in limits])
    rest = ndimage.binary_dilation(still, iterations=_AROUND) & steady  # a jump is between two rests
    within = ndimage.binary_erosion(rest, iterations=_KEPT)
    within[-1:] = False
    return np.asarray(within, np.bool_)


def _spread(values: NDArray[np.float32], around: int) -> NDArray[np.float32]:
    """Return how far the farthest-moving entry of values (ticks, entries) goes, some ticks around each one (ticks,)."""
    window = 2 * around + 1
    high = ndimage.maximum_filter1d(values, window, axis=0, mode="nearest")
    low = ndimage.minimum_filter1d(values, window, axis=0, mode="nearest")
    spread: NDArray[np.float32] = (high - low).max(axis=1)
    return spread
