"""Starts and ends a dora dataflow: coordinator, daemon and nodes as processes of this computer, on loopback only."""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from ..exceptions import ConnectionLostError
from .vendors import vendor_command

EXTRA = "openarm"
DATAFLOWS = Path(__file__).parent.parent / "dataflows"

_START = 10.0  # s for the coordinator and the daemon to find each other
_GRACE = "1s"  # for a node to end before it is killed
_STOP = 4.0  # s for all nodes to end
_END = 3.0  # s for a process to end before it is killed


class Dataflow:
    """One running dataflow; its nodes belong to it and end with it."""

    def __init__(self, descriptor: Path, environment: Mapping[str, str] | None = None, log: Path | None = None) -> None:
        """Describe a dataflow.

        Args:
            descriptor: YAML file.
            environment: variables for all nodes, beside those of this process.
            log: file that takes the nodes' output; None drops it.
        """
        self.descriptor = descriptor
        self.environment = dict(environment or {})
        self._log = log
        self._processes: list[subprocess.Popen[bytes]] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.daemon_port = self._coordinator_port = 0

    @property
    def running(self) -> bool:
        """Whether coordinator and daemon are alive."""
        return bool(self._processes) and all(process.poll() is None for process in self._processes)

    def start(self) -> None:
        """Start everything and return when the nodes have been spawned.

        Raises:
            DriverMissingError: dora is not installed.
            ConnectionLostError: dora does not start the dataflow; the message ends with what it says.
        """
        dora = vendor_command("dora", EXTRA)
        descriptor = self._copy_descriptor()
        atexit.register(self.stop)
        self._coordinator_port, self.daemon_port = _free_port(), _free_port()
        at = ["--coordinator-port", str(self._coordinator_port)]
        listen = ["--local-listen-port", str(self.daemon_port), "--zenoh-no-multicast"]
        self._spawn([dora, "coordinator", "--port", str(self._coordinator_port), "--store", "memory", "--quiet"])
        self._await_port(self._coordinator_port)
        self._spawn([dora, "daemon", *at, *listen])
        self._await_port(self.daemon_port)
        start = [dora, "start", "--detach", *at, str(descriptor)]
        try:
            answer = subprocess.run(
                start, check=False, cwd=self._cwd, env=self._variables(), capture_output=True, text=True, timeout=_START
            )
            complaint = answer.stderr if answer.returncode else ""
        except subprocess.TimeoutExpired:
            complaint = f"no answer within {_START:g} s"
        if complaint:
            self.stop()
            reason = " ".join(complaint.split("Stack backtrace")[0].split())
            raise ConnectionLostError(f"dora did not start {self.descriptor.name}: {reason}.")

    def stop(self) -> None:
        """End all nodes, the daemon and the coordinator; a second call changes nothing."""
        nodes = [child for process in self._processes for child in _children(process.pid)]
        if self.running and nodes:
            at = ["--coordinator-port", str(self._coordinator_port)]
            end = [vendor_command("dora", EXTRA), "stop", "--all", "--grace-duration", _GRACE, *at]
            with contextlib.suppress(subprocess.TimeoutExpired):  # It waits for ever where a node has crashed.
                subprocess.run(
                    end, check=False, cwd=self._cwd, env=self._variables(), capture_output=True, timeout=_STOP
                )
        for process in reversed(self._processes):
            _end(process)
        for node in nodes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(node, signal.SIGKILL)
        self._processes.clear()
        atexit.unregister(self.stop)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def last_words(self) -> str:
        """Return what the nodes printed last, for error messages."""
        logs = sorted(Path(self._cwd or ".").glob("out/*/log_*.jsonl")) if self._cwd else []
        return " ".join(f"{log.stem[4:]}: {_last_line(log)}" for log in logs)

    def _copy_descriptor(self) -> Path:
        """Copy the descriptor into a folder of its own, where dora leaves its files; scripts keep their places."""
        self._folder = tempfile.TemporaryDirectory(prefix="lacelab-dora-", ignore_cleanup_errors=True)
        copy = Path(self._folder.name) / self.descriptor.name
        text = self.descriptor.read_text()
        copy.write_text(text.replace("path: ../", f"path: {self.descriptor.resolve().parent.parent}/"))
        return copy

    def _await_port(self, port: int) -> None:
        """Wait until one of the processes listens."""
        deadline = time.monotonic() + _START
        while self.running and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        self.stop()
        raise ConnectionLostError(f"dora does not listen on port {port}.")

    def _spawn(self, command: list[str]) -> None:
        output = open(self._log, "ab") if self._log else subprocess.DEVNULL  # noqa: SIM115
        self._processes.append(
            subprocess.Popen(command, cwd=self._cwd, env=self._variables(), stdout=output, stderr=subprocess.STDOUT)
        )
        if not isinstance(output, int):
            output.close()

    @property
    def _cwd(self) -> str | None:
        return self._folder.name if self._folder else None

    def _variables(self) -> dict[str, str]:
        """Return the environment of the processes: commands beside this interpreter come first."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        return {**os.environ, "PATH": path, **self.environment}


def _last_line(log: Path) -> str:
    lines = log.read_text().splitlines()
    return str(json.loads(lines[-1]).get("msg", "")).strip() if lines else "nothing"


def _children(pid: int) -> list[int]:
    """Return the processes that a process has started (Linux only, as dora's daemon does not tell)."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except FileNotFoundError:
        return []


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, the hard way if it does not want to."""
    process.terminate()
    try:
        process.wait(_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
