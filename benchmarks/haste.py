"""Whether a critic prefers chunks that hurry: what arrives earlier is worth more where returns are discounted.

    python -m lacelab.benchmarks.haste --run runs/few/s0 --out benchmarks/results/gr_rl/few/s0-haste.json

In states that row 3 met, it draws some chunks; within each state, they are ranked by the critic and by how far they lead the hands that move.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro
from numpy.typing import NDArray
from torch import Tensor

from lacelab.agents import flow
from lacelab.agents.critic_network import CriticNetwork
from lacelab.agents.learned import carried_out
from lacelab.agents.pace import ways
from lacelab.agents.pipeline import CRITIC
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.rollouts import as_reader
from lacelab.agents.stage import POLICY
from lacelab.agents.training.cloning import load_policy
from lacelab.agents.training.online import OnlineConfig, roll_out_warm
from lacelab.agents.training.samples import to_tensors
from lacelab.agents.training.selection import load_selecting
from lacelab.agents.training.td import load_critic
from lacelab.agents.value_heads import ValueHead
from lacelab.envs.spec import ACTION_SIZE

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
        chunks = self._drawn(policy, seen)
        advance = ways(seen, chunks).advance.cpu().numpy()
        found = {name: rank(advance, values(*judge, seen, chunks)) for name, judge in self._critics()}
        facts = {"states": len(frames), "chunks": self.chunks, "commit": git_commit()}
        write_json(self.out, facts | {name: ranking._asdict() for name, ranking in found.items()})
        for name, one in found.items():
            print(f"{name}: rank correlation with haste {one.correlation:.2f} [{one.low:.2f}, {one.high:.2f}]")

    def _drawn(self, policy: PolicyNetwork, seen: Mapping[str, Tensor]) -> Tensor:
        """Return what would be carried out of chunks (states, chunks, executed, 14), drawn as policies draw them."""
        shape = (len(seen["target_position"]) * self.chunks, policy.config.chunk, ACTION_SIZE)
        noise = flow.SPREAD * torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(policy.scale.device)
        decoded = policy.decode([part.repeated(self.chunks) for part in policy.context(seen)], noise)
        return decoded[:, : carried_out(policy.config.chunk)].unflatten(0, (-1, self.chunks))

    def _critics(self) -> Iterator[tuple[str, tuple[CriticNetwork, ValueHead]]]:
        """Yield the critic that has learned from demonstrations, and the one that selects where there is one."""
        yield "offline", load_critic(self.folder / "critic" / CRITIC)
        selected = self.folder / "selected" / POLICY
        if selected.exists():
            learned = load_selecting(selected)
            yield "selected", (learned.critic, learned.head)


def values(critic: CriticNetwork, head: ValueHead, seen: Mapping[str, Tensor], chunks: Tensor) -> NDArray[np.float32]:
    """Return what a critic holds of chunks (states, chunks, actions, 14) in states (states, ...), (states, chunks)."""
    context = [part.repeated(chunks.shape[1]) for part in critic.context(seen)]
    outputs = critic.judge(context, chunks.flatten(0, 1))[:, :, -1]
    judged: NDArray[np.float32] = head.value(outputs).min(dim=0).values.unflatten(0, chunks.shape[:2]).cpu().numpy()
    return judged


if __name__ == "__main__":
    start(Haste)
