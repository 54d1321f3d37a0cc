"""The command `lacelab`."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lacelab.benchmarks.commands import Command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a mistake of the user is one line on stderr and exit code 2.

    Args:
        arguments: command line without the program's name; that of the process by default.

    Returns:
        The exit code.
    """
    try:
        try:
            return _run(sys.argv[1:] if arguments is None else arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # Who reads the output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--version"]:
        return _print_version()
    from lacelab.benchmarks.program import outcome

    sys.path.append("")  # `module:factory` may lie in the current folder.
    try:
        return outcome(lambda: _parse(arguments).run())
    except KeyboardInterrupt:
        print("lacelab: interrupted; the same command with the same --out goes on from here", file=sys.stderr)
        return 130


def _parse(arguments: Sequence[str]) -> "Command":
    import tyro

    from lacelab.benchmarks.commands import COMMANDS

    return tyro.extras.subcommand_cli_from_dict(
        COMMANDS,
        prog="lacelab",
        description="An open testbed for robot shoe lacing.",
        args=arguments,
        config=(tyro.conf.FlagCreatePairsOff,),
    )


def _print_version() -> int:
    from lacelab import __version__

    print(f"lacelab {__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
