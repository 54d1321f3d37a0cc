"""Kill a suite with SIGKILL at random moments until it is done, and compare its rows with those of a calm run.

python -m lacelab.benchmarks.kill_test --policy expert --kills 20 --out benchmarks/results/kills.json
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .files import write_json
from .program import start
from .versions import git_commit, versions

_STARTUP = 4.0  # s, about, until the first episode begins


class Kill(NamedTuple):
    """One interruption."""

    after: float  # s after the start of the process
    done: int  # episodes that are kept


def kill_often(
    start: Callable[[], subprocess.Popen[bytes]], done: Callable[[], int], kills: int, seed: int, duration: float
) -> list[Kill]:
    """Interrupt a run at random moments, such that all of them fall into it.

    Args:
        start: starts the run, or goes on with it, in a process group of its own.
        done: counts the episodes that are kept.
        kills: number of interruptions.
        seed: of the moments.
        duration: of an undisturbed run [s].
    """
    generator = np.random.default_rng(seed)
    longest = min(_STARTUP + 2 * duration / kills, 0.8 * duration)
    found = []
    for _ in range(kills):
        process = start()
        after = float(generator.uniform(0.0, longest))
        time.sleep(after)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        found.append(Kill(round(after, 3), done()))
    return found


def start_lacelab(arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start a command of `lacelab`, quietly and in a process group of its own."""
    command = [sys.executable, "-m", "lacelab.cli", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet, start_new_session=True)


@dataclass(frozen=True)
class KillTest:
    """Kill a suite at random moments; exit code 1 if its rows are not those of an undisturbed run."""

    suite: str = "smoke"
    """Suite to run."""
    policy: str = "noop"
    """Policy to run."""
    world: str = "sim"
    """World to run in."""
    kills: int = 20
    """Number of interruptions."""
    workers: int = 2
    """Number of processes."""
    seed: int = 0
    """Of the moments."""
    out: Path | None = None
    """Where to write what happened as JSON."""

    def run(self) -> int:
        """Run calmly, then with interruptions, and compare."""
        with tempfile.TemporaryDirectory() as name:
            calm, killed = Path(name) / "calm.jsonl", Path(name) / "killed.jsonl"
            start = time.perf_counter()
            self._start(calm).wait()
            kills = kill_often(
                lambda: self._start(killed), lambda: _rows(killed), self.kills, self.seed, time.perf_counter() - start
            )
            self._start(killed).wait()
            same = calm.read_bytes() == killed.read_bytes() and calm.read_bytes() != b""
            count = calm.read_bytes().count(b"\n")
        print(f"{len(kills)} kills, {count} rows, {'the same bytes' if same else 'OTHER BYTES'}")
        if self.out is not None:
            self._write(kills, count, same)
        return int(not same)

    def _start(self, out: Path) -> subprocess.Popen[bytes]:
        arguments = ["bench", self.suite, "--policy", self.policy, "--world", self.world]
        return start_lacelab([*arguments, "--workers", str(self.workers), "--out", str(out)])

    def _write(self, kills: list[Kill], rows: int, same: bool) -> None:
        assert self.out is not None
        settings = {"suite": self.suite, "policy": self.policy, "workers": self.workers, "seed": self.seed}
        content = {**settings, "rows": rows, "same_bytes": same, "kills": [kill._asdict() for kill in kills]}
        write_json(self.out, json.loads(json.dumps(content)) | {"versions": versions(), "commit": git_commit()})


def _rows(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


if __name__ == "__main__":
    start(KillTest)
