"""The subcommands of `lacelab train`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from tyro.conf import OmitArgPrefixes

from .online import shown_rounds
from .options import CloningOptions, Common, CriticOptions, OnlineOptions, Taught, provenance


@dataclass(frozen=True)
class Clone(Common):
    """Clone demonstrations by flow matching: one of the first three rows. Several GPUs: start it with torchrun."""

    row: Literal["cloned", "filtered", "mirrored"] = "cloned"
    """cloned: all frames; filtered: those that the filter keeps; mirrored: these and their mirror images."""
    cloning: OmitArgPrefixes[CloningOptions] = field(default_factory=CloningOptions)

    def run(self) -> int:
        """Clone."""
        from lacelab.agents.training.parallel import joined

        from .show import training

        with joined(), training(self.row, self.cloning.cloning_steps) as on_step:
            print(self.open(cloning=self.cloning.config()).clone(self.row, on_step))
        return 0


@dataclass(frozen=True)
class Critic(Common):
    """Train the distributional critic, whose value is the progress of an episode."""

    critic: OmitArgPrefixes[CriticOptions] = field(default_factory=CriticOptions)

    def run(self) -> int:
        """Train it."""
        from .show import training

        run = self.open(critic=self.critic.config())
        with training("critic", self.critic.critic_steps) as on_step:
            print(run.judge(on_step))
        return 0


@dataclass(frozen=True)
class Filter(Common):
    """Choose the frames to clone: those around which progress keeps pace."""

    dropped: float = 0.15
    """Share of frames that the filter drops."""

    def run(self) -> int:
        """Choose."""
        print(self.open(dropped=self.dropped).filter())
        return 0


@dataclass(frozen=True)
class Help(Common):
    """Clone what somebody showed who helped row 3 out, beside the filtered demonstrations, from row 3 on."""

    interventions: tuple[Path, ...] = field(kw_only=True)
    """Folders made by `lacelab data collect --policy` or `--operator unlucky`: what follows a takeover or a fresh start is cloned."""
    share: float = 0.25
    """Of all samples, those of interventions."""
    compiled: bool = False
    """Compile the network first (takes a C++ compiler): quicker steps, weights differ by rounding."""

    def run(self) -> int:
        """Clone."""
        from lacelab.agents.helping import HELPED, learn_from_help
        from lacelab.agents.pipeline import DISTILLATION

        from .show import training

        run = self.open(distillation=replace(DISTILLATION, compiled=self.compiled))
        with training(HELPED, run.config.distillation.steps) as on_step:
            print(learn_from_help(run, self.interventions, self.share, on_step))
        return 0


@dataclass(frozen=True)
class Committee:
    """Let cloned policies, as of several training seeds, take turns: each chunk is by one of them."""

    members: tuple[Path, ...] = field(kw_only=True)
    """Checkpoints of cloned policies, taught further or not, two or more."""
    out: Path = field(kw_only=True)
    """File to write, which ends in .json and names the members by where they lie from there."""
    far_side: Path | None = None
    """File of another committee, which acts where the lace lies on the other arm's side."""

    def run(self) -> int:
        """Write the file."""
        from lacelab.agents.committee import write_committee

        write_committee(self.out, self.members, self.far_side)
        print(self.out)
        return 0


@dataclass(frozen=True)
class Further(Taught):
    """Teach a trained policy further, by demonstrations of any tasks: whole shoes, laces on the other side, interventions."""

    data: tuple[Path, ...] = field(kw_only=True)
    """Folders of demonstrations, made by `lacelab data collect`; one that is named several times counts several times."""
    unlaid: tuple[Path, ...] = ()
    """More of them, of which nothing is cloned that comes after the pull: where laces are laid down elsewhere than in DATA."""
    steps: int = 14000
    """Gradient steps."""
    alone: float = 0.0
    """Share of samples of what a policy fulfilled without the help that the rest of DATA shows; keeps it what it is."""
    rate: float = 1.0
    """Learning rates, as a share of those with which a policy is cloned from scratch."""

    def run(self) -> int:
        """Clone what was demonstrated."""
        from lacelab.agents.further import FURTHER, at_rate, clone_further

        from .show import training

        policy = self.checkpoint()
        config = replace(at_rate(FURTHER, self.rate), steps=self.steps, seed=self.seed, compiled=self.compiled)
        with training("further", self.steps) as on_step:
            print(clone_further(config, policy, self.data, self.out, provenance(), on_step, self.alone, self.unlaid))
        return 0


@dataclass(frozen=True)
class Ablate(Common):
    """Train what the critic is compared with: a scalar critic, and the regression of t / T."""

    critic: OmitArgPrefixes[CriticOptions] = field(default_factory=CriticOptions)

    def run(self) -> int:
        """Train both."""
        from lacelab.agents.ablations import judge_by_scalar, judge_by_time

        from .show import training

        run = self.open(critic=self.critic.config())
        for name, judge in (("scalar", judge_by_scalar), ("time", judge_by_time)):
            with training(name, self.critic.critic_steps) as on_step:
                print(judge(run, on_step))
        return 0


@dataclass(frozen=True)
class SelfImitate(Taught):
    """Let a policy practise: what fails is tried again with other noise, what succeeded is cloned. Needs no demonstrations."""

    episodes: int = 200
    """Episodes to solve."""
    first: int = 0
    """Number of the first of them; to go on from a policy that has practised, begin where it ended."""
    repeats: int = 4
    """How often a failed one is tried again."""

    def run(self) -> int:
        """Practise and clone."""
        from lacelab.agents.self_imitation import SelfImitationConfig, self_imitate

        from .show import practice

        policy = self.checkpoint()
        config = SelfImitationConfig(self.episodes, self.first, self.repeats, seed=self.seed)
        config = replace(config, cloning=replace(config.cloning, compiled=self.compiled))
        with practice(config.cloning.steps) as (on_rollout, on_step):
            print(self_imitate(config, policy, self.out, provenance(), self.threads, on_rollout, on_step))
        return 0


@dataclass(frozen=True)
class All(Common):
    """All stages, one after the other; prints how long each took."""

    dropped: float = 0.15
    """Share of frames that the filter drops."""
    cloning: OmitArgPrefixes[CloningOptions] = field(default_factory=CloningOptions)
    critic: OmitArgPrefixes[CriticOptions] = field(default_factory=CriticOptions)
    online: OmitArgPrefixes[OnlineOptions] = field(default_factory=OnlineOptions)

    def run(self) -> int:
        """Train everything that is missing."""
        from .show import print_seconds, training

        steps, rates = self.cloning.cloning_steps, {"cloning": self.cloning.config(), "critic": self.critic.config()}
        run = self.open(dropped=self.dropped, online=self.online.config(), **rates)
        with training("cloned", steps) as on_step:
            run.clone("cloned", on_step)
        with training("critic", self.critic.critic_steps) as on_step:
            run.judge(on_step)
        run.filter()
        for row in ("filtered", "mirrored"):
            with training(row, steps) as on_step:
                run.clone(row, on_step)
        with shown_rounds("steered", self.online.rounds) as on_round:
            run.steer(self.threads, on_round)
        print_seconds(run.seconds())
        return 0
