"""Programs: what a command line names is made and run, and a mistake of the user is one line."""

import sys
from collections.abc import Callable
from typing import NoReturn, Protocol

from lacelab.envs.exceptions import LaceLabError


class Program(Protocol):
    """Has its options as fields."""

    def run(self) -> int | None:
        """Run; return the exit code, or nothing where there is only one."""
        ...


def start(program: type[Program]) -> NoReturn:
    """Run `python -m` a module of measurements with the options of the command line."""
    import tyro

    sys.exit(outcome(lambda: tyro.cli(program).run()))


def outcome(run: Callable[[], int | None]) -> int:
    """Return the exit code of a program: 2, with one line on stderr, where the user has made a mistake."""
    try:
        return run() or 0
    except LaceLabError as error:
        print(f"lacelab: {error}", file=sys.stderr)
        return 2
