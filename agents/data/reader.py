"""Read chunks for training: (o, s, l, a_{t:t+k}), shuffled, mirrored on the fly.

Reads frames and nothing else: not the labels, not the keyframes. A chunked backup reads the observation k frames later
with `observations(np.minimum(index + k, stop - 1), mirrored)` and counts it where `remaining > k`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE
from lacelab.envs.symmetry import mirror_tokens

from .arrays import FrameArrays, open_arrays
from .exceptions import DatasetError
from .mirror import ROW_MIRRORS
from .schema import ACTION, SCENE, STATE, TOKENS, unflatten

CHUNK = 16
_MOTION = np.arange(ACTION_SIZE) % ACTION_PER_ARM != ACTION_PER_ARM - 1  # entries that are zero at rest


@dataclass(frozen=True)
class Batch:
    """Samples along the first axis.

    Attributes:
        features: flat observations, feature -> (batch, width).
        actions: (batch, chunk, 14); after the end of a trajectory the hands rest.
        valid: whether each action was really taken, (batch, chunk).
        index: global frame index (batch,).
        remaining: frames from the sample's own to the end of its trajectory, at least 1 (batch,).
        mirrored: whether the sample is a mirror image (batch,).
    """

    features: dict[str, NDArray[Any]]
    actions: NDArray[np.float32]
    valid: NDArray[np.bool_]
    index: NDArray[np.int64]
    remaining: NDArray[np.int64]
    mirrored: NDArray[np.bool_]

    def observation(self) -> dict[str, NDArray[Any]]:
        """Return the observations under the keys of `envs.spec`, as views."""
        return unflatten(self.features)


class ChunkReader:
    """Gives batches of chunks of one dataset."""

    def __init__(self, arrays: FrameArrays, chunk: int = CHUNK, mirror: float = 0.5) -> None:
        """Prepare to read.

        Args:
            arrays: frames, see `open_arrays`.
            chunk: number of actions per sample.
            mirror: probability that a sample is mirrored.

        Raises:
            DatasetError: chunk or probability make no sense.
        """
        if chunk < 1 or not 0.0 <= mirror <= 1.0:
            raise DatasetError(f"Cannot read chunks of {chunk} mirrored with probability {mirror}.")
        self.arrays = arrays
        self._mirror = mirror
        self._steps = np.arange(chunk)

    @classmethod
    def open(cls, root: Path, chunk: int = CHUNK, mirror: float = 0.5) -> Self:
        """Open a dataset; see `open_arrays` for the errors."""
        return cls(open_arrays(root), chunk, mirror)

    def frames_of(self, episodes: Sequence[int]) -> NDArray[np.int64]:
        """Return the global indices of all frames of some episodes."""
        starts = self.arrays.starts
        return np.concatenate([np.arange(starts[number], starts[number + 1]) for number in episodes])

    def shuffled(
        self, batch_size: int, generator: np.random.Generator, frames: NDArray[np.int64] | None = None
    ) -> Iterator[Batch]:
        """Yield one epoch of shuffled batches; a last, smaller one is left out.

        Args:
            batch_size: samples per batch.
            generator: source of the order and of the mirroring.
            frames: global indices to choose from; all by default.
        """
        chosen = generator.permutation(len(self.arrays) if frames is None else frames)
        for start in range(0, len(chosen) - batch_size + 1, batch_size):
            index = chosen[start : start + batch_size]
            yield self.read(index, generator.random(batch_size) < self._mirror)

    def read(
        self, index: NDArray[np.int64], mirrored: NDArray[np.bool_], stop: NDArray[np.int64] | None = None
    ) -> Batch:
        """Return samples.

        Args:
            index: global frame indices (batch,).
            mirrored: which samples to mirror (batch,).
            stop: global index at which the trajectory of each sample ends (batch,), where that is not the end of the
                episode: a prefix that ends at a retry keyframe.
        """
        stop = self.arrays.stop[index] if stop is None else stop
        actions, valid = self._chunks(index, stop)
        actions[mirrored] = ROW_MIRRORS[ACTION](actions[mirrored])
        return Batch(self.observations(index, mirrored), actions, valid, index, stop - index, mirrored)

    def observations(self, index: NDArray[np.int64], mirrored: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
        """Return the flat observations at global frame indices (batch,), feature -> (batch, width)."""
        vectors = self.arrays.vectors
        features: dict[str, NDArray[Any]] = {name: np.asarray(vectors[name][index]) for name in (STATE, SCENE)}
        for name, rows in features.items():
            rows[mirrored] = ROW_MIRRORS[name](rows[mirrored])
        tokens = vectors[TOKENS][index].astype(np.int64)
        tokens[mirrored] = mirror_tokens(tokens[mirrored])
        return {**features, TOKENS: tokens}

    def _chunks(
        self, index: NDArray[np.int64], stop: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return chunks of actions, and which of them lie within their trajectory."""
        last = stop[:, None] - 1
        steps = index[:, None] + self._steps
        valid = steps <= last
        actions: NDArray[Any] = np.asarray(self.arrays.vectors[ACTION][np.minimum(steps, last)])
        if not valid.all():
            actions[~valid] *= ~_MOTION
        return actions, valid
