"""`lacelab data`: collect, look at, replay, check and convert demonstrations."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from .collect import Collect
from .convert import Convert
from .replay import ReplayCommand
from .show import Show
from .validate import Validate

Action = (
    Annotated[Collect, tyro.conf.subcommand("collect")]
    | Annotated[Show, tyro.conf.subcommand("show")]
    | Annotated[ReplayCommand, tyro.conf.subcommand("replay")]
    | Annotated[Validate, tyro.conf.subcommand("validate")]
    | Annotated[Convert, tyro.conf.subcommand("convert")]
)


@dataclass(frozen=True)
class Data:
    """Demonstrations: collect, show, replay, validate, convert."""

    action: Annotated[Action, tyro.conf.arg(name="")]

    def run(self) -> int:
        """Do what the subcommand says."""
        return self.action.run()


__all__ = ["Collect", "Convert", "Data", "ReplayCommand", "Show", "Validate"]
