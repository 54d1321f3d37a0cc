"""What critics can tell: which states lead to success, and which of the chunks that a policy might draw there.

    python -m lacelab.benchmarks.foretelling --run runs/few/s0 --first 200 --episodes 200 --out benchmarks/results/gr_rl/few/s0-foretelling.json

Of rollouts that no critic has learned from: how well values of states tell those that succeed from those that fail, and where, among other
chunks that might have been drawn, those rank that were carried out. A critic that knows better chunks from worse ranks those of
episodes that succeed higher. Online RL that chooses among the chunks or the noise of a frozen policy can gain only from the second.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import tyro
from numpy.typing import NDArray
from scipy import stats

from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.learned import carried_out
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.progress import auroc
from lacelab.agents.rollouts import RolloutSpec, as_reader, collect, rollout_seed
from lacelab.agents.stage import POLICY
from lacelab.agents.training.cloning import load_policy
from lacelab.agents.training.online import ROLLOUTS
from lacelab.agents.training.samples import to_tensors

from .chunk_values import Judge, critics, drawn, values
from .exceptions import SampleError
from .files import write_json
from .filter_quality import area_interval
from .program import start
from .versions import git_commit

_AT_ONCE = 64  # states
TIMES = (0, 100, 200, 300, 400, 800)
"""Edges of the parts of an episode [ticks] in which states are told apart: what lasts longer fails more often."""


def told(
    value: NDArray[np.float32], tick: NDArray[np.int64], episode: NDArray[np.int64], success: NDArray[np.bool_]
) -> dict[str, Any]:
    """Return the area under the ROC curve of values for success, and its interval, for each part of an episode in which there is both.

    Args:
        value: of states (states,), episode by episode.
        tick: when in their episodes (states,).
        episode: of each (states,).
        success: of episodes (episodes,).
    """
    found = {}
    for first, end in itertools.pairwise(TIMES):
        part = (tick >= first) & (tick < end)
        succeeds = success[episode[part]]
        if succeeds.any() and not succeeds.all():
            starts = np.cumsum([0, *np.bincount(episode[part], minlength=len(success))])
            interval = area_interval(value[part], succeeds, starts)
            found[f"{first}-{end}"] = {"area": auroc(value[part], succeeds), "interval": interval}
    return found


def ranks(judged: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return which share of the others (states, 1 + others) the first choice beats; ties count half."""
    first, others = judged[:, :1], judged[:, 1:]
    share: NDArray[np.float64] = ((first > others) + 0.5 * (first == others)).mean(axis=1)
    return share


def rank_gap(rank: NDArray[np.floating], episode: NDArray[np.int64], success: NDArray[np.bool_]) -> dict[str, float]:
    """Return how much higher chunks of episodes that succeed rank, by means over episodes, with Welch's interval of 95 %.

    Args:
        rank: of chunks (chunks,).
        episode: of each (chunks,).
        success: of episodes (episodes,).

    Raises:
        SampleError: fewer than two episodes succeed, or fail.
    """
    if min(success.sum(), (~success).sum()) < 2:
        raise SampleError(f"{success.sum()} of {len(success)} episodes succeed; at least 2 must, and 2 must fail.")
    means = np.bincount(episode, rank, len(success)) / np.bincount(episode, minlength=len(success))
    test = stats.ttest_ind(means[success], means[~success], equal_var=False)
    low, high = test.confidence_interval()
    return {"gap": float(means[success].mean() - means[~success].mean()), "low": float(low), "high": float(high)}


@dataclass(frozen=True)
class Foretelling:
    """Ask critics of a training run about rollouts of its mirrored policy."""

    folder: Annotated[Path, tyro.conf.arg(name="run")]
    """Folder of the training run."""
    out: Path
    """JSON file to write."""
    selected: tuple[str, ...] = ("selected", "outcome")
    """Stages that select; their critics are asked, too, where there are such."""
    seed: int = 0
    """Of the training run."""
    first: int = 200
    """Number of the first rollout, from which on no critic has learned."""
    episodes: int = 200
    """Rollouts; what is missing is rolled out."""
    chunks: int = 15
    """Other chunks in each state."""

    @torch.inference_mode()
    def run(self) -> None:
        """Write and print what each critic can tell."""
        base = self.folder / "mirrored" / POLICY
        policy, judges = load_policy(base), dict(critics(self.folder, self.selected))
        numbers = range(self.first, self.first + self.episodes)
        specs = [RolloutSpec(base, rollout_seed(self.seed, number)) for number in numbers]
        rollouts = collect(specs, base.parent / ROLLOUTS, workers=1)
        success = np.array([rollout.success for rollout in rollouts])
        reader, _ = as_reader(rollouts, policy.config.chunk)
        frames = _chosen(reader, carried_out(policy.config.chunk))
        judged = self._judged(policy, judges, reader, frames)
        episode = reader.arrays.episode[frames]
        tick = frames - reader.arrays.starts[episode]
        found = {}
        for name, values_of in judged.items():
            states = told(values_of[:, 1:].mean(axis=1), tick, episode, success)
            found[name] = {"states": states, "chunks": rank_gap(ranks(values_of), episode, success)}
        counts = {"episodes": len(success), "solved": int(success.sum()), "chosen": len(frames), "first": self.first}
        write_json(self.out, counts | found | {"commit": git_commit()})
        _show(found)

    def _judged(
        self, policy: PolicyNetwork, judges: dict[str, Judge], reader: ChunkReader, frames: NDArray[np.int64]
    ) -> dict[str, NDArray[np.float32]]:
        """Return values (states, 1 + others) by each critic; the chunk that was carried out comes first."""
        generator = torch.Generator().manual_seed(0)
        found: dict[str, list[NDArray[np.float32]]] = {name: [] for name in judges}
        for part in np.array_split(frames, -(-len(frames) // _AT_ONCE)):
            samples = to_tensors(reader.read(part, np.zeros(len(part), bool)), policy.scale.device)
            others = drawn(policy, samples.observation, self.chunks, generator)
            chunks = torch.cat([samples.actions[:, None, : others.shape[2]], others], dim=1)
            for name, judge in judges.items():
                found[name].append(values(judge, samples.observation, chunks))
        return {name: np.concatenate(parts) for name, parts in found.items()}


def _chosen(reader: ChunkReader, executed: int) -> NDArray[np.int64]:
    """Return every second frame in which a chunk was chosen that was carried out to its end."""
    pairs = itertools.pairwise(reader.arrays.starts)
    return np.concatenate([np.arange(first, end - executed + 1, 2 * executed) for first, end in pairs])


def _area(part: dict[str, Any]) -> str:
    return f"{part['area']:.2f}" + (" [{:.2f}, {:.2f}]".format(*part["interval"]) if part["interval"] else "")


def _show(found: dict[str, Any]) -> None:
    for name, one in found.items():
        areas = ", ".join(f"{_area(part)} ({ticks})" for ticks, part in one["states"].items())
        gap = one["chunks"]
        print(
            f"{name}: AUROC of states {areas} [ticks]; rank of chunks that succeed higher by {gap['gap']:.3f} ", end=""
        )
        print(f"[{gap['low']:.3f}, {gap['high']:.3f}]")


if __name__ == "__main__":
    start(Foretelling)
