"""`lacelab robot`: check, simulate, run, record, replay, excite, swing, identify and stop a robot."""

from dataclasses import dataclass
from typing import Annotated

import tyro

from .check import Check
from .excite import Excite
from .identify import Identify
from .record import Record
from .replay import Replay
from .run import Run
from .stop import Stop
from .swing import Swing
from .twin import Twin

Action = (
    Annotated[Check, tyro.conf.subcommand("check")]
    | Annotated[Twin, tyro.conf.subcommand("twin")]
    | Annotated[Run, tyro.conf.subcommand("run")]
    | Annotated[Record, tyro.conf.subcommand("record")]
    | Annotated[Replay, tyro.conf.subcommand("replay")]
    | Annotated[Excite, tyro.conf.subcommand("excite")]
    | Annotated[Swing, tyro.conf.subcommand("swing")]
    | Annotated[Identify, tyro.conf.subcommand("identify")]
    | Annotated[Stop, tyro.conf.subcommand("stop")]
)


@dataclass(frozen=True)
class Robot:
    """A robot or its twin: check, twin, run, record, replay, excite, swing, identify, stop."""

    action: Annotated[Action, tyro.conf.arg(name="")]

    def run(self) -> int:
        """Do what the subcommand says."""
        return self.action.run()


__all__ = ["Check", "Excite", "Identify", "Record", "Replay", "Robot", "Run", "Stop", "Swing", "Twin"]
