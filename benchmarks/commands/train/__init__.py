"""`lacelab train`: the stages of GR-RL, one by one or all, and its baselines."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from .baseline import Baseline
from .online import Distil, Imitate, Retry, Select, Steer
from .stages import Ablate, All, Clone, Committee, Critic, Filter, Further, Help, SelfImitate

Stage = (
    Annotated[All, tyro.conf.subcommand("all")]
    | Annotated[Ablate, tyro.conf.subcommand("ablate")]
    | Annotated[Baseline, tyro.conf.subcommand("baseline")]
    | Annotated[Clone, tyro.conf.subcommand("clone")]
    | Annotated[Committee, tyro.conf.subcommand("committee")]
    | Annotated[Critic, tyro.conf.subcommand("critic")]
    | Annotated[Distil, tyro.conf.subcommand("distil")]
    | Annotated[Filter, tyro.conf.subcommand("filter")]
    | Annotated[Further, tyro.conf.subcommand("further")]
    | Annotated[Help, tyro.conf.subcommand("help")]
    | Annotated[Imitate, tyro.conf.subcommand("imitate")]
    | Annotated[Retry, tyro.conf.subcommand("retry")]
    | Annotated[Select, tyro.conf.subcommand("select")]
    | Annotated[SelfImitate, tyro.conf.subcommand("self-imitate")]
    | Annotated[Steer, tyro.conf.subcommand("steer")]
)


@dataclass(frozen=True)
class Train:
    """Train policies: all stages of GR-RL, or one of them, or a baseline."""

    stage: Annotated[Stage, tyro.conf.arg(name="")]

    def run(self) -> int:
        """Do what the subcommand says."""
        return self.stage.run()


__all__ = [
    "Ablate",
    "All",
    "Baseline",
    "Clone",
    "Committee",
    "Critic",
    "Distil",
    "Filter",
    "Further",
    "Help",
    "Imitate",
    "Retry",
    "Select",
    "SelfImitate",
    "Steer",
    "Train",
]
