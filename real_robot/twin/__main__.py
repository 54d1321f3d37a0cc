"""`python -m lacelab.real_robot.twin`: a twin in a process of its own; prints its port as the first line."""

import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import tyro

from lacelab.envs.exceptions import LaceLabError

from .server import TwinServer
from .settings import TwinSettings
from .tls import Credentials, check_exposure
from .world import TwinWorld


@dataclass(frozen=True)
class Arguments:
    """Serve a simulated robot with a shoe.

    Attributes:
        task: what to simulate, until a commander resets to something else.
        difficulty: of the task.
        lockstep: advance only when told to, instead of in real time.
        host: address to listen on; others than this computer need the three files below.
        port: 0 lets the system choose.
        certificate: our own, PEM.
        key: of the certificate, PEM.
        authority: whose certificates commanders must show, PEM.
        attached: end when standard input is closed, so that no twin outlives its parent.
        breakable: operators, too, may change the settings; for tests of faults.
        settings: delays and flaws.
    """

    task: str = "ThreadEyelet"
    difficulty: str = "standard"
    lockstep: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    attached: bool = False
    breakable: bool = False
    settings: TwinSettings = field(default_factory=TwinSettings)


def main() -> int:
    """Serve until killed."""
    arguments = tyro.cli(Arguments, config=(tyro.conf.FlagCreatePairsOff,))
    try:
        serve(arguments)
    except LaceLabError as error:
        print(f"lacelab: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def serve(arguments: Arguments) -> None:
    """Serve until killed.

    Raises:
        RobotError: other computers could connect without authentication.
    """
    files = (arguments.certificate, arguments.key, arguments.authority)
    credentials = Credentials(*[file for file in files if file]) if all(files) else None
    check_exposure(arguments.host, credentials)
    world = TwinWorld(arguments.task, arguments.difficulty, arguments.settings)
    server = TwinServer(world, arguments.lockstep, breakable=arguments.breakable)
    if arguments.attached:
        threading.Thread(target=_wait_for_parent, args=(server,), daemon=True).start()
    server.run(arguments.host, arguments.port, credentials, lambda port: print(port, flush=True))


def _wait_for_parent(server: TwinServer) -> None:
    sys.stdin.read()
    server.close()


if __name__ == "__main__":
    sys.exit(main())
