"""Progress of demonstrations, and which frames to clone (GR-RL, arXiv 2512.01801, section 3.2).

The progress of a frame is the critic's value there. The paper drops a frame where progress falls by more than delta within
the chunk that begins at it (`falls`); here it is dropped where progress lags by more than delta in a window around it
(`shortfalls`), which finds more of the true flaws.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage, stats

from .critic_network import CriticNetwork
from .data.reader import ChunkReader
from .training.samples import Samples, to_tensors
from .value_heads import ValueHead

Progress = NDArray[np.float32]
_BATCH = 1024


@torch.inference_mode()
def critic_progress(network: CriticNetwork, head: ValueHead, reader: ChunkReader, mirrored: bool = False) -> Progress:
    """Return the critic's value of what was done at every frame, or in its mirror image (frames,)."""

    def values(samples: Samples) -> torch.Tensor:
        outputs = network.judge(network.context(samples.observation), samples.actions)
        return head.value(outputs[:, :, -1]).mean(dim=0)

    return over_frames(values, reader, next(network.parameters()).device, mirrored)


def symmetric_progress(network: CriticNetwork, head: ValueHead, reader: ChunkReader) -> Progress:
    """Return the mean of a critic's values of every frame and of its mirror image (frames,); it has to have learned from both."""
    seen, mirrored = (critic_progress(network, head, reader, mirrored) for mirrored in (False, True))
    return np.asarray((seen + mirrored) / 2, np.float32)


def over_frames(
    values: Callable[[Samples], torch.Tensor],
    reader: ChunkReader,
    device: torch.device,
    mirrored: bool = False,
) -> Progress:
    """Return one number for every frame of a dataset, or for its mirror image, in order (frames,)."""
    parts = []
    for start in range(0, len(reader.arrays), _BATCH):
        index = np.arange(start, min(start + _BATCH, len(reader.arrays)))
        samples = to_tensors(reader.read(index, np.full(len(index), mirrored)), device)
        parts.append(values(samples).cpu().numpy().astype(np.float32))
    return np.concatenate(parts)


def falls(progress: Progress, starts: NDArray[np.int64], chunk: int) -> Progress:
    """Return the greatest fall of progress within the chunk that begins at each frame (frames,).

    Args:
        progress: of all frames (frames,).
        starts: where episodes begin, and the total (episodes + 1,); nothing is compared across episodes.
        chunk: number of ticks to look ahead.
    """
    fall = np.zeros_like(progress)
    for start, stop in itertools.pairwise(starts):
        padded = np.pad(progress[start:stop], (0, chunk), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, chunk + 1)
        fall[start:stop] = (np.maximum.accumulate(windows, axis=1) - windows).max(axis=1)
    return fall


class Window(NamedTuple):
    """Ticks around a frame over which progress is watched; at both ends its mean over `around` ticks to either side counts."""

    before: int
    after: int
    around: int = 0


WINDOW = Window(32, 48, 12)
"""Of the filter; chosen on the first 300 of 600 demonstrations, see `benchmarks.filter_quality`."""


def shortfalls(progress: Progress, starts: NDArray[np.int64], window: Window, gamma: float) -> Progress:
    """Return by how much progress rises less than it must in a window around each frame (frames,).

    A demonstrator who keeps the pace of all others raises the value by 1 / gamma per tick. Resting and going astray raise
    nothing: a fall cannot tell them from work, a shortfall can. It is what the log of progress lacks of -log(gamma) per tick,
    between means at both ends of the window: single values are noisy.

    Args:
        progress: of all frames (frames,).
        starts: where episodes begin, and the total (episodes + 1,); a window ends where its episode does.
        window: ticks to look back and ahead.
        gamma: discount per tick that the values were learned with.
    """
    lacking = np.arange(len(progress)) * -np.log(gamma) - np.log(np.maximum(progress, 1e-3))
    return rises(_averaged(lacking, starts, window.around), starts, window).astype(np.float32)


def _averaged(values: NDArray[np.floating], starts: NDArray[np.int64], around: int) -> NDArray[np.floating]:
    """Return means over `around` frames to either side, each within its episode, whose first and last frame count on beyond it."""
    parts = [values[start:stop] for start, stop in itertools.pairwise(starts)]
    return np.concatenate([ndimage.uniform_filter1d(part, 2 * around + 1, mode="nearest") for part in parts])


def rises(progress: NDArray[np.floating], starts: NDArray[np.int64], window: Window) -> NDArray[np.floating]:
    """Return by how much progress rises in a window around each frame (frames,); see `shortfalls`."""
    first, last = _ends(starts, window)
    return progress[last] - progress[first]


def _ends(starts: NDArray[np.int64], window: Window) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the last frame of the window around each frame, both (frames,)."""
    frame = np.arange(starts[-1])
    episode = np.searchsorted(starts, frame, side="right")
    first = np.maximum(frame - window.before, starts[episode - 1])
    return first, np.minimum(frame + window.after, starts[episode] - 1)


def threshold(fall: Progress, share: float) -> float:
    """Return the delta at which `share` of all frames are dropped."""
    return float(np.quantile(fall, 1.0 - share))


def auroc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Return the probability that a positive frame scores higher than another, ties counting half.

    Equals Mann and Whitney's U over the number of pairs.

    Raises:
        ValueError: if all frames are alike.
    """
    if positive.all() or not positive.any():
        raise ValueError("A ranking needs frames of both kinds.")
    statistic = stats.mannwhitneyu(scores[positive], scores[~positive]).statistic
    return float(statistic / (positive.sum() * (~positive).sum()))


def within(flags: NDArray[np.bool_], starts: NDArray[np.int64], chunk: int) -> NDArray[np.bool_]:
    """Return whether any frame of the chunk that begins at each frame is flagged (frames,)."""
    found = np.zeros_like(flags)
    for start, stop in itertools.pairwise(starts):
        padded = np.pad(flags[start:stop], (0, chunk - 1))
        found[start:stop] = np.lib.stride_tricks.sliding_window_view(padded, chunk).any(axis=1)
    return found
