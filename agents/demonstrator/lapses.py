"""What a teleoperator does between the expert's steps: each is a script that yields one action per tick."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.spec import Side

from .motion import OPEN, Motion, Script

Array = NDArray[np.float64]

_SLIP_TIME = 0.25  # s that the fingers are open
_LOWERING = 0.03  # m


def pause(motion: Motion, seconds: float) -> Script:
    """Do nothing."""
    return (yield from motion.wait(seconds))


def wander(motion: Motion, hand: Side, offset: Array) -> Script:
    """Move a hand by an offset [m] that leads nowhere, and see it."""
    position, rotation = motion.target(hand)
    yield from motion.move(hand, (position + offset, rotation), 0.18, timeout=1.5, tolerance=0.02)
    return (yield from motion.wait(0.2))


def stray(motion: Motion, hand: Side, offset: Array, until: Callable[[], bool]) -> Script:
    """Be pushed aside by an offset [m], less far if that pulls something taut; what is done next is the way back."""
    position, rotation = motion.target(hand)
    return (yield from motion.move(hand, (position + offset, rotation), 0.18, timeout=0.6, tolerance=0.01, until=until))


def slip(motion: Motion, hand: Side) -> Script:
    """Lose what a hand holds."""
    before, motion.grip[hand] = motion.grip[hand], OPEN
    yield from motion.wait(_SLIP_TIME)
    motion.grip[hand] = before
    return True


def lay_back(motion: Motion, hand: Side) -> Script:
    """Let go of a lace that is held badly, a little lower."""
    position, rotation = motion.target(hand)
    low = position - np.array([0.0, 0.0, _LOWERING])
    yield from motion.move(hand, (low, rotation), 0.15, timeout=0.8, tolerance=0.02)
    return (yield from slip(motion, hand))
