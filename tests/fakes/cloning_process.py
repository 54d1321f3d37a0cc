"""One of several processes that clone together: `torchrun ... -m cloning_process dataset folder steps`."""

import sys
from pathlib import Path

import numpy as np
import torch
from observations import TINY

from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.training import loop, parallel
from lacelab.agents.training.cloning import Cloning, CloningConfig


def main(dataset: str, folder: str, steps: str) -> None:
    """Clone, and leave what this process has learned."""
    torch.set_num_threads(1)
    reader = ChunkReader.open(Path(dataset), chunk=TINY.chunk)
    config = CloningConfig(steps=int(steps), batch=8, draws=2, network=TINY)
    with parallel.joined():
        learner = Cloning(config, reader, np.arange(len(reader.arrays)))
        loop.run(learner, config.steps, config.seed, Path(folder))
        learner.save(Path(folder) / "policy.safetensors")
        torch.save(learner.network.state_dict(), Path(folder) / f"{parallel.rank()}.pt")


if __name__ == "__main__":
    main(*sys.argv[1:])
