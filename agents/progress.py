"""Progress of demonstrations, and which frames to clone (GR-RL, arXiv 2512.01801, section 3.2).

The progress of a frame is the critic's value there; a frame is dropped where progress falls by more than delta within
the chunk that begins at it.
"""

import itertools
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from .critic_network import CriticNetwork
from .data.reader import ChunkReader
from .training.samples import Samples, to_tensors
from .value_heads import ValueHead

Progress = NDArray[np.float32]
_BATCH = 1024


@torch.inference_mode()
def critic_progress(network: CriticNetwork, head: ValueHead, reader: ChunkReader) -> Progress:
    """Return the critic's value of what was done at every frame (frames,)."""

    def values(samples: Samples) -> torch.Tensor:
        outputs = network.judge(network.context(samples.observation), samples.actions)
        return head.value(outputs[:, :, -1]).mean(dim=0)

    return over_frames(values, reader, next(network.parameters()).device)


def over_frames(
    values: Callable[[Samples], torch.Tensor],
    reader: ChunkReader,
    device: torch.device,
    on_batch: Callable[[int], None] = lambda done: None,
) -> Progress:
    """Return one number for every frame of a dataset, in order (frames,)."""
    parts = []
    for start in range(0, len(reader.arrays), _BATCH):
        index = np.arange(start, min(start + _BATCH, len(reader.arrays)))
        samples = to_tensors(reader.read(index, np.zeros(len(index), bool)), device)
        parts.append(values(samples).cpu().numpy().astype(np.float32))
        on_batch(int(index[-1]) + 1)
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


def shortfalls(progress: Progress, starts: NDArray[np.int64], chunk: int, gamma: float) -> Progress:
    """Return by how much progress rises less than it must within the chunk that begins at each frame (frames,).

    A demonstrator who keeps the pace of all others raises the value by 1 / gamma per tick. Resting raises nothing: a fall
    cannot tell it from work, a shortfall can. The measure is -log(rho_{t+k} / rho_t) - k log(gamma).
    """
    short = np.zeros_like(progress)
    logarithm = np.log(np.maximum(progress, 1e-3))
    for start, stop in itertools.pairwise(starts):
        ahead = np.minimum(np.arange(start, stop) + chunk, stop - 1)
        due = (ahead - np.arange(start, stop)) * -np.log(gamma)
        short[start:stop] = due - (logarithm[ahead] - logarithm[start:stop])
    return short


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
