"""The subcommands of `lacelab train` that roll policies out and learn from that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tyro.conf import OmitArgPrefixes

from .options import Common, OnlineOptions

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from lacelab.agents.pipeline import OnRound


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
    unaware: bool = False
    """Take what is seen for the present, as in the paper: the mismatch of the deployment mode is all left to learning."""
    online: OmitArgPrefixes[OnlineOptions] = field(default_factory=OnlineOptions)

    def run(self) -> int:
        """Roll out and learn."""
        from lacelab.agents.training.steering import SteeringConfig

        steering = SteeringConfig(bound=self.bound, spread=self.spread, noise_critics=self.noise_critics)
        online = replace(self.online.config(self.keep_demonstrations), aware=not self.unaware)
        run = self.open(online=online, steering=steering)
        with shown_rounds(self.name, self.online.rounds) as on_round:
            print(run.steer(self.threads, on_round, self.name))
        return 0


@dataclass(frozen=True)
class Select(Common):
    """Online RL without a noise predictor: of several chunks of the mirrored policy, the critic chooses one."""

    name: str = "selected"
    """Folder in the run: one for each configuration."""
    candidates: int = 8
    """Chunks to choose from."""
    keep_demonstrations: bool = False
    """Go on learning from demonstrations as well."""
    online: OmitArgPrefixes[OnlineOptions] = field(default_factory=OnlineOptions)

    def run(self) -> int:
        """Roll out and learn."""
        from lacelab.agents.training.selection import SelectionConfig

        selection = SelectionConfig(candidates=self.candidates)
        run = self.open(online=self.online.config(self.keep_demonstrations), selection=selection)
        with shown_rounds(self.name, self.online.rounds) as on_round:
            print(run.select(self.threads, on_round, self.name))
        return 0


@dataclass(frozen=True)
class Distil(Common):
    """Distil a steered policy into one that needs no noise predictor: clone what succeeded online, and demonstrations."""

    name: str = "steered"
    """Folder of the steered policy in the run; the result lands beside it, in NAME-distilled."""
    compiled: bool = False
    """Compile the network first (takes a C++ compiler): quicker steps, weights differ by rounding."""

    def run(self) -> int:
        """Distil."""
        from lacelab.agents.distilling import distil
        from lacelab.agents.pipeline import DISTILLATION

        from .show import training

        run = self.open(distillation=replace(DISTILLATION, compiled=self.compiled))
        with training("distilled", run.config.distillation.steps) as on_step:
            print(distil(run, self.threads, on_step, self.name))
        return 0


@dataclass(frozen=True)
class Imitate(Common):
    """Let the mirrored policy act as it is, and clone what succeeded, and demonstrations: online RL without a critic."""

    episodes: int = 400
    """Rollouts, in the deployment mode; those that other online stages began with are the first of them."""
    steps: int = 12000
    """Gradient steps, from the mirrored policy on."""
    compiled: bool = False
    """Compile the network first (takes a C++ compiler): quicker steps, weights differ by rounding."""

    def run(self) -> int:
        """Roll out and clone."""
        from lacelab.agents.distilling import imitate
        from lacelab.agents.pipeline import DISTILLATION

        from .show import practice

        run = self.open(distillation=replace(DISTILLATION, steps=self.steps, compiled=self.compiled))
        with practice(self.steps) as (on_rollout, on_step):
            print(imitate(run, self.episodes, self.threads, on_rollout, on_step))
        return 0


@dataclass(frozen=True)
class Retry(Common):
    """Online RL of when to try again: a critic learns how episodes of the mirrored policy end, and when to lay everything aside is tried out."""

    warm_episodes: int = 200
    """Rollouts of the mirrored policy, from which the critic learns."""
    rounds: int = 8
    """Rounds of 12 episodes in which rules are tried out."""
    least: tuple[float, ...] = (0.0, 0.03, 0.1, 0.2, 0.3, 0.4)
    """Chances of success below which it may be worth trying again, to choose from; with 0 it never is."""

    def run(self) -> int:
        """Roll out and learn."""
        from lacelab.agents.learning_to_retry import RETRYING, RetriesConfig, learn_to_retry

        run, config = self.open(), RetriesConfig(self.warm_episodes, self.rounds, least=self.least)
        with shown_rounds(RETRYING, self.rounds) as on_round:
            print(learn_to_retry(run, config, self.threads, on_round))
        return 0


def shown_rounds(name: str, count: int) -> AbstractContextManager[OnRound]:
    """Show the warm start and the rounds after it."""
    from .show import rounds

    return rounds(name, count + 1)
