"""The subcommands of `lacelab train`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from lacelab.agents.pipeline import OnRound, Run


@dataclass(frozen=True)
class Common:
    """Where a run reads and writes, and how long its stages are."""

    data: Path
    """Folder of demonstrations, made by `lacelab data collect`."""
    out: Path
    """Folder of the run; the same command goes on from what is there."""
    seed: int = 0
    """Of everything random."""
    threads: int = 2
    """Threads for training, processes for rollouts; weights depend on the number of threads, if only by rounding."""
    width: int = 128
    """Width of a token."""
    layers: int = 4
    """Layers of the backbone."""
    chunk: int = 16
    """Actions per chunk."""
    cloning_steps: int = 18000
    """Gradient steps of each cloned row."""
    critic_steps: int = 600
    """Gradient steps of the critic."""
    compiled: bool = False
    """Compile the cloned network first (takes a C++ compiler): quicker steps, weights differ by rounding."""
    dropped: float = 0.15
    """Share of frames that the filter drops."""
    warm_episodes: int = 96
    """Rollouts before online learning."""
    rounds: int = 16
    """Rounds of online learning."""

    def open(self, demonstrations: bool = False, **rates: Any) -> Run:
        """Open the run, with what else is asked of row four."""
        import torch

        from lacelab.agents.networks import NetworkConfig
        from lacelab.agents.pipeline import DISTILLATION, SHOE, Run, RunConfig
        from lacelab.agents.training.cloning import CloningConfig
        from lacelab.agents.training.online import OnlineConfig
        from lacelab.agents.training.td import CriticConfig

        from ...versions import git_commit, versions

        torch.set_num_threads(self.threads)
        config = RunConfig(
            seed=self.seed,
            dropped=self.dropped,
            network=NetworkConfig(width=self.width, layers=self.layers, chunk=self.chunk),
            cloning=CloningConfig(steps=self.cloning_steps, compiled=self.compiled),
            distillation=replace(DISTILLATION, compiled=self.compiled),
            shoe=replace(SHOE, compiled=self.compiled),
            critic=CriticConfig(steps=self.critic_steps),
            online=OnlineConfig(warm_episodes=self.warm_episodes, rounds=self.rounds, demonstrations=demonstrations),
            **rates,
        )
        provenance = {"versions": {**versions(), "torch": torch.__version__}, "commit": git_commit()}
        return Run(config, self.data, self.out, provenance)


@dataclass(frozen=True)
class Clone(Common):
    """Clone demonstrations by flow matching: one of the first three rows. Several GPUs: start it with torchrun."""

    row: Literal["cloned", "filtered", "mirrored"] = "cloned"
    """cloned: all frames; filtered: those that the filter keeps; mirrored: these and their mirror images."""

    def run(self) -> int:
        """Clone."""
        from lacelab.agents.training.parallel import joined

        from .show import training

        with joined(), training(self.row, self.cloning_steps) as on_step:
            print(self.open().clone(self.row, on_step))
        return 0


@dataclass(frozen=True)
class Critic(Common):
    """Train the distributional critic, whose value is the progress of an episode."""

    def run(self) -> int:
        """Train it."""
        from .show import training

        run = self.open()
        with training("critic", self.critic_steps) as on_step:
            print(run.judge(on_step))
        return 0


@dataclass(frozen=True)
class Filter(Common):
    """Choose the frames to clone: those around which progress keeps pace."""

    def run(self) -> int:
        """Choose."""
        print(self.open().filter())
        return 0


@dataclass(frozen=True)
class Steer(Common):
    """Online RL of the noise predictor on the mirrored policy, in the deployment mode."""

    name: str = "steered"
    """Folder in the run: one for each configuration."""
    bound: float = 1.0
    """Deviations of |eps|^2 / 2 above its mean that the predicted noise may reach at no cost."""
    spread: float = 0.8
    """Deviation of the noise that is drawn around the predicted one; 0 in the paper."""
    noise_critics: int = 2
    """Ensemble of critics of noise, of which the predictor climbs the lowest."""
    keep_demonstrations: bool = False
    """Go on learning from demonstrations as well; the paper drops them."""

    def run(self) -> int:
        """Roll out and learn."""
        from lacelab.agents.training.steering import SteeringConfig

        steering = SteeringConfig(bound=self.bound, spread=self.spread, noise_critics=self.noise_critics)
        return _learn_online(self.open(self.keep_demonstrations, steering=steering).steer, self, self.name)


@dataclass(frozen=True)
class Select(Common):
    """Online RL without a noise predictor: of several chunks of the mirrored policy, the critic chooses one."""

    name: str = "selected"
    """Folder in the run: one for each configuration."""
    candidates: int = 8
    """Chunks to choose from."""
    keep_demonstrations: bool = False
    """Go on learning from demonstrations as well."""

    def run(self) -> int:
        """Roll out and learn."""
        from lacelab.agents.training.selection import SelectionConfig

        selection = SelectionConfig(candidates=self.candidates)
        return _learn_online(self.open(self.keep_demonstrations, selection=selection).select, self, self.name)


@dataclass(frozen=True)
class Distil(Common):
    """Distil a steered policy into one that needs no noise predictor: clone what succeeded online, and demonstrations."""

    name: str = "steered"
    """Folder of the steered policy in the run; the result lands beside it, in NAME-distilled."""

    def run(self) -> int:
        """Distil."""
        from .show import training

        run = self.open()
        with training("distilled", run.config.distillation.steps) as on_step:
            print(run.distil(self.threads, on_step, self.name))
        return 0


@dataclass(frozen=True)
class Shoe(Common):
    """Teach the mirrored policy whole shoes, by demonstrations of LaceShoe."""

    shoes: tuple[Path, ...] = field(kw_only=True)
    """Folders of demonstrations of LaceShoe, made by `lacelab data collect --task LaceShoe --operator rehearsed`."""
    name: str = "whole-shoe"
    """Folder in the run, whole-shoe and whatever follows: one for each set of demonstrations."""

    def run(self) -> int:
        """Clone them."""
        from .show import training

        run = self.open()
        with training("whole shoe", run.config.shoe.steps) as on_step:
            print(run.teach_shoes(self.shoes, on_step, self.name))
        return 0


@dataclass(frozen=True)
class Ablate(Common):
    """Train what the critic is compared with: a scalar critic, and the regression of t / T."""

    def run(self) -> int:
        """Train both."""
        from lacelab.agents.ablations import judge_by_scalar, judge_by_time

        from .show import training

        run = self.open()
        for name, judge in (("scalar", judge_by_scalar), ("time", judge_by_time)):
            with training(name, self.critic_steps) as on_step:
                print(judge(run, on_step))
        return 0


@dataclass(frozen=True)
class All(Common):
    """All stages, one after the other; prints how long each took."""

    def run(self) -> int:
        """Train everything that is missing."""
        from .show import print_seconds, rounds, training

        run = self.open()
        with training("cloned", self.cloning_steps) as on_step:
            run.clone("cloned", on_step)
        with training("critic", self.critic_steps) as on_step:
            run.judge(on_step)
        run.filter()
        for row in ("filtered", "mirrored"):
            with training(row, self.cloning_steps) as on_step:
                run.clone(row, on_step)
        with rounds(self.rounds + 1) as on_round:
            run.steer(self.threads, on_round)
        print_seconds(run.seconds())
        return 0


def _learn_online(learn: Callable[[int, OnRound, str], Path], options: Common, name: str) -> int:
    """Roll out and learn, showing the rounds and the warm start before them."""
    from .show import rounds

    with rounds(options.rounds + 1) as on_round:
        print(learn(options.threads, on_round, name))
    return 0
