"""The commands of `lacelab`: one frozen dataclass each, whose fields are the options and whose `run` does it.

Importing them is quick; whatever is heavy is imported by `run`.
"""

from collections.abc import Callable
from typing import Protocol

from .bench import Bench
from .data import Data
from .demo import Demo
from .eval import Eval
from .gate import GateCommand
from .play import Play
from .progress_curve import ProgressCurve
from .render import Render
from .report import Report
from .robot import Robot
from .serve import Serve
from .tasks import Tasks
from .train import Train


class Command(Protocol):
    """Options of a command, and what it does."""

    def run(self) -> int:
        """Do it and return the exit code."""
        ...


COMMANDS: dict[str, Callable[..., Command]] = {
    "bench": Bench,
    "data": Data,
    "demo": Demo,
    "eval": Eval,
    "gate": GateCommand,
    "play": Play,
    "progress": ProgressCurve,
    "render": Render,
    "report": Report,
    "robot": Robot,
    "serve": Serve,
    "tasks": Tasks,
    "train": Train,
}

__all__ = [
    "COMMANDS",
    "Bench",
    "Command",
    "Data",
    "Demo",
    "Eval",
    "GateCommand",
    "Play",
    "ProgressCurve",
    "Render",
    "Report",
    "Robot",
    "Serve",
    "Tasks",
    "Train",
]
