"""Whether a critic prefers chunks that hurry: what arrives earlier is worth more where returns are discounted.

    python -m lacelab.benchmarks.haste --run runs/few/s0 --out benchmarks/results/gr_rl/few/s0-haste.json

In states that row 3 met, it draws some chunks; within each state, they are ranked by the critic and by how far they lead the hands that move.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro

from lacelab.agents.learned import carried_out
from lacelab.agents.pace import ways
from lacelab.agents.rollouts import as_reader
from lacelab.agents.stage import POLICY
from lacelab.agents.training.cloning import load_policy
from lacelab.agents.training.online import OnlineConfig, roll_out_warm
from lacelab.agents.training.samples import to_tensors

from .chunk_values import critics, drawn, values
from .files import write_json
from .noise_authority import chosen_in
from .program import start
from .ranking import rank
from .versions import git_commit


@dataclass(frozen=True)
class Haste:
    """Compare what critics prefer with what hurries."""

    folder: Annotated[Path, tyro.conf.arg(name="run")]
    """Folder of the training run."""
    out: Path
    """JSON file to write."""
    selected: tuple[str, ...] = ("selected",)
    """Stages that select; their critics are compared, too, where there are such."""
    states: int = 400
    """States in which row 3 chose a chunk, evenly from its first 96 rollouts."""
    chunks: int = 16
    """Chunks in each."""

    @torch.inference_mode()
    def run(self) -> None:
        """Write and print the rank correlation of each critic."""
        policy = load_policy(self.folder / "mirrored" / POLICY)
        reader, _ = as_reader(roll_out_warm(OnlineConfig(), self.folder / "mirrored" / POLICY, workers=1), 1)
        frames = chosen_in(reader.arrays.starts, carried_out(policy.config.chunk), self.states)
        seen = to_tensors(reader.read(frames, np.zeros(len(frames), bool)), policy.scale.device).observation
        chunks = drawn(policy, seen, self.chunks, torch.Generator().manual_seed(0))
        advance = ways(seen, chunks).advance.cpu().numpy()
        judged = critics(self.folder, self.selected)
        found = {name: rank(advance, values(judge, seen, chunks)) for name, judge in judged}
        facts = {"states": len(frames), "chunks": self.chunks, "commit": git_commit()}
        write_json(self.out, facts | {name: ranking._asdict() for name, ranking in found.items()})
        for name, one in found.items():
            print(f"{name}: rank correlation with haste {one.correlation:.2f} [{one.low:.2f}, {one.high:.2f}]")


if __name__ == "__main__":
    start(Haste)
