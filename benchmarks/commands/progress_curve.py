"""`lacelab progress`: a critic's progress of an episode beside its pictures and the truth."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProgressCurve:
    """Draw an episode: the critic's progress in blue, the true one in black, true flaws as colours."""

    data: Path
    """Folder of demonstrations."""
    training: Path
    """Folder of a training run, as far as `lacelab train filter`."""
    episode: int = 0
    """Number of the episode."""
    measure: str = "filter"
    """Whose progress: filter (the critic), scalar or time (its ablations)."""
    out: Path = Path("progress.png")
    """Contact sheet (.png) or video (.mp4)."""

    def run(self) -> int:
        """Draw it."""
        import numpy as np

        from lacelab.agents.data.exceptions import DatasetError

        from ..labelled_video import draw_episode

        path = self.training / self.measure / "progress.npy"
        if not path.exists():
            raise DatasetError(
                f"There is no '{path}': run `lacelab train filter` (or `ablate`) with --out {self.training}."
            )
        draw_episode(self.data, self.episode, self.out, np.load(path))
        print(f"episode {self.episode}: {self.out}")
        return 0
