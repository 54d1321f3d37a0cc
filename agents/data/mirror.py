"""The mirror of `envs.symmetry` for flat features: one reordering and one change of signs for a whole row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.symmetry import ACTION_MIRROR, STATE_MIRRORS

from .schema import ACTION, GROUPS, slices


@dataclass(frozen=True, eq=False)
class RowMirror:
    """Mirror of rows of a flat feature."""

    order: NDArray[np.int64]
    signs: NDArray[np.float32]

    def __call__(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return mirrored rows (..., width)."""
        return rows[..., self.order] * self.signs


def _of_feature(feature: str) -> RowMirror:
    parts = slices(feature)
    order = np.concatenate([parts[key].start + STATE_MIRRORS[key].order for key in GROUPS[feature]])
    signs = np.concatenate([STATE_MIRRORS[key].signs for key in GROUPS[feature]])
    return RowMirror(order, signs.astype(np.float32))


ROW_MIRRORS = {
    **{feature: _of_feature(feature) for feature in GROUPS},
    ACTION: RowMirror(ACTION_MIRROR.order, ACTION_MIRROR.signs.astype(np.float32)),
}
"""Mirror of every numeric vector feature."""
