"""Frames of two kinds in one list to draw evenly from. A pure function."""

import numpy as np
from numpy.typing import NDArray


def mixed(rest: NDArray[np.int64], part: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """Return indices of frames to draw evenly from, those of one kind several times, so that about `share` of all are of `part`."""
    times = share / (1.0 - share) * len(rest) / len(part)  # that those count for each time that the rest does
    return np.concatenate([np.tile(rest, max(1, round(1.0 / times))), np.tile(part, max(1, round(times)))])
