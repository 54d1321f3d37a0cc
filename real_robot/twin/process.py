"""Starts a twin in a process of its own, which ends with ours."""

import subprocess
import sys
from dataclasses import asdict
from types import TracebackType
from typing import Self

from ..exceptions import ConnectionLostError
from .settings import TwinSettings
from .tls import Credentials


class TwinProcess:
    """A running twin; a context manager."""

    def __init__(
        self,
        task: str = "ThreadEyelet",
        difficulty: str = "standard",
        settings: TwinSettings | None = None,
        lockstep: bool = True,
        port: int = 0,
        prefix: tuple[str, ...] = (),
        host: str = "127.0.0.1",
        credentials: Credentials | None = None,
        breakable: bool = False,
    ) -> None:
        """Start it and wait until it listens.

        Args:
            task: what to simulate first.
            difficulty: of the task.
            settings: delays and flaws.
            lockstep: advance only when told to.
            port: 0 lets the system choose.
            prefix: words before the command, such as `ip netns exec`.
            host: to listen on.
            credentials: of the twin; it then speaks TLS.
            breakable: operators may change the settings.

        Raises:
            ConnectionLostError: it does not start; what it printed is above.
        """
        options = [
            f"--settings.{name.replace('_', '-')}={value}" for name, value in asdict(settings or TwinSettings()).items()
        ]
        command = [*prefix, sys.executable, "-m", "lacelab.real_robot.twin", "--attached", f"--port={port}"]
        command += [f"--task={task}", f"--difficulty={difficulty}", f"--host={host}", *options]
        command += ["--lockstep"] if lockstep else []
        command += ["--breakable"] if breakable else []
        if credentials is not None:
            command += [f"--{name}={path}" for name, path in asdict(credentials).items()]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line:
            self.close()
            raise ConnectionLostError(
                f"The twin does not start: {' '.join(command)} ended with {self.process.returncode}."
            )
        self.address = f"{'wss' if credentials else 'ws'}://{host}:{line}"

    def close(self) -> None:
        """End it; a second call changes nothing."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
