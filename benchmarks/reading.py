"""How fast chunks are read for training, on one core.

python -m lacelab.benchmarks.reading DATASET --out benchmarks/results/reading.json
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from lacelab.agents.data.reader import CHUNK, ChunkReader

from .files import write_json
from .program import start
from .versions import git_commit, versions


@dataclass(frozen=True)
class Reading:
    """Measure shuffled, mirrored samples per second of processor time."""

    root: tyro.conf.Positional[Path]
    """Folder of the dataset."""
    batch: int = 256
    """Samples per batch."""
    epochs: int = 5
    """Passes over the dataset; the fastest counts, the first of all is not timed."""
    bar: float = 50_000.0
    """Samples per second below which the exit code is 1."""
    out: Path | None = None
    """File for the figures as JSON."""

    def run(self) -> int:
        """Measure, print and write."""
        reader, generator = ChunkReader.open(self.root), np.random.default_rng(0)
        _read(reader, self.batch, generator)
        rate = max(_read(reader, self.batch, generator) for _ in range(self.epochs))
        print(f"{rate:.0f} samples/s, chunks of {CHUNK}, batches of {self.batch}, {len(reader.arrays)} frames")
        if self.out is not None:
            figures: dict[str, Any] = {"samples_per_second": round(rate), "batch": self.batch, "chunk": CHUNK}
            figures |= {"frames": len(reader.arrays), "epochs": self.epochs, "mirrored": 0.5}
            write_json(self.out, figures | {"versions": versions(), "commit": git_commit()})
        return int(rate < self.bar)


def _read(reader: ChunkReader, batch: int, generator: np.random.Generator) -> float:
    """Return samples per second of processor time of one epoch."""
    start = time.process_time()
    count = sum(len(found.index) for found in reader.shuffled(batch, generator))
    return count / (time.process_time() - start)


if __name__ == "__main__":
    start(Reading)
