"""What the subcommands of `lacelab train` ask for; each asks for what its stage reads, and no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro

if TYPE_CHECKING:
    from lacelab.agents.pipeline import Run
    from lacelab.agents.training.cloning import CloningConfig
    from lacelab.agents.training.online import OnlineConfig
    from lacelab.agents.training.td import CriticConfig


@dataclass(frozen=True)
class Sizes:
    """Of the networks; the same for all stages of a run."""

    width: int = 128
    """Width of a token."""
    layers: int = 4
    """Layers of the backbone."""
    chunk: int = 16
    """Actions per chunk."""


@dataclass(frozen=True)
class CloningOptions:
    """How long the first three rows are cloned."""

    cloning_steps: int = 18000
    """Gradient steps of each cloned row."""
    compiled: bool = False
    """Compile the network first (takes a C++ compiler): quicker steps, weights differ by rounding."""

    def config(self) -> CloningConfig:
        """Return the rates of the learner."""
        from lacelab.agents.training.cloning import CloningConfig

        return CloningConfig(steps=self.cloning_steps, compiled=self.compiled)


@dataclass(frozen=True)
class CriticOptions:
    """How long the critic learns."""

    critic_steps: int = 900
    """Gradient steps of the critic."""

    def config(self) -> CriticConfig:
        """Return the rates of the learner."""
        from lacelab.agents.training.td import CriticConfig

        return CriticConfig(steps=self.critic_steps)


@dataclass(frozen=True)
class OnlineOptions:
    """How much is tried out."""

    warm_episodes: int = 96
    """Rollouts before online learning."""
    rounds: int = 16
    """Rounds of online learning."""
    outcome: bool = False
    """Learn the chance of success from how episodes end, without discount and backups; nothing is gained by haste then."""

    def config(self, demonstrations: bool = False) -> OnlineConfig:
        """Return the numbers of episodes and steps, and whether demonstrations are kept."""
        from lacelab.agents.training.online import OnlineConfig

        return OnlineConfig(self.warm_episodes, rounds=self.rounds, demonstrations=demonstrations, outcome=self.outcome)


@dataclass(frozen=True)
class Taught:
    """A trained policy that learns further, without a run of its own."""

    out: Path
    """Folder of the result; the same command goes on from what is there."""
    policy: str = "shipped"
    """shipped, or a checkpoint of a cloned policy; of a committee the first member."""
    seed: int = 0
    """Of everything random."""
    threads: int = 2
    """Threads for training, processes for rollouts; weights depend on the number of threads, if only by rounding."""
    compiled: bool = False
    """Compile the network first (takes a C++ compiler): quicker steps, weights differ by rounding."""

    def checkpoint(self) -> Path:
        """Take the threads, and return where the policy lies."""
        import torch

        from lacelab.agents.committee import first_member
        from lacelab.agents.policies import checkpoint_path, resolve_policy

        torch.set_num_threads(self.threads)
        return first_member(checkpoint_path(resolve_policy(self.policy)))


@dataclass(frozen=True)
class Common:
    """Where a run reads and writes."""

    data: Path
    """Folder of demonstrations, made by `lacelab data collect`."""
    out: Path
    """Folder of the run; the same command goes on from what is there."""
    seed: int = 0
    """Of everything random."""
    threads: int = 2
    """Threads for training, processes for rollouts; weights depend on the number of threads, if only by rounding."""
    sizes: tyro.conf.OmitArgPrefixes[Sizes] = field(default_factory=Sizes)

    def open(self, **stages: Any) -> Run:
        """Open the run, with what else is asked of its stages: arguments of `RunConfig`."""
        import torch

        from lacelab.agents.networks import NetworkConfig
        from lacelab.agents.pipeline import Run, RunConfig

        torch.set_num_threads(self.threads)
        sizes = NetworkConfig(width=self.sizes.width, layers=self.sizes.layers, chunk=self.sizes.chunk)
        return Run(RunConfig(seed=self.seed, network=sizes, **stages), self.data, self.out, provenance())


def provenance() -> dict[str, Any]:
    """Return what is written beside every result."""
    import torch

    from ...versions import git_commit, versions

    return {"versions": {**versions(), "torch": torch.__version__}, "commit": git_commit()}
