"""Breaks a running twin again and again: `python -m lacelab.real_robot.fault_test`.

Every trial sways both arms at 20 Hz in real time, breaks something, and asks: does the robot come to rest within 100 ms
of the watchdog, is the fault latched and reported, does it go on after a reset, is every tick recorded?
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from lacelab.envs.spec import CONTROL_PERIOD

from .exceptions import RobotError
from .fault_injection import SETTINGS, cut_cable, cuttable_twin, inject
from .robot import Command
from .safe_robot import SafeRobot
from .twin.client import TwinCameras, TwinRobot
from .twin.link import TwinLink
from .twin.process import TwinProcess
from .twin.settings import TwinSettings
from .twin.tls import Credentials

KILLED, CUT = "process killed", "cable cut"
FAULTS = (KILLED, CUT, *SETTINGS)
BAR = 0.1  # s from the watchdog to a standstill
_BEFORE, _AFTER, _PATIENCE = 12, 10, 60  # ticks
_NO_TAIL = np.zeros((0, 2, 8))


@dataclass(frozen=True)
class Trial:
    """What one fault did."""

    fault: str
    latched: list[str]  # faults
    ramp: float | None  # s from the watchdog to a standstill; negative if the arms were at rest before
    recovered: bool
    recorded: int  # ticks that were written
    ticks: int  # ticks that were made

    @property
    def passed(self) -> bool:
        """Whether everything was as it should be; who loses a tenth of its messages may also just go on."""
        stopped = bool(self.latched) and self.ramp is not None and self.ramp <= BAR
        unharmed = not self.latched and self.fault == "10 % loss"
        return (stopped or unharmed) and self.recovered and self.recorded >= self.ticks


class Commander:
    """Sways the arms and writes down every tick."""

    def __init__(self, address: str, credentials: Credentials | None, record: Path, cameras: bool = False) -> None:
        self.link = TwinLink(address, credentials=credentials)
        self.robot = SafeRobot(TwinRobot(self.link))
        self._cameras = TwinCameras(self.link) if cameras else None
        self._record = record
        self.ticks = 0
        self.robot.connect()
        if self._cameras is not None:
            self._cameras.frames()  # The first takes long.
        self._middle = self.robot.rest.copy()
        self._due = self.robot.clock.now()

    def run(self, ticks: int) -> bool:
        """Sway for some ticks; return False at the first fault."""
        self._due = self.robot.clock.now()
        for _ in range(ticks):
            if not self._tick():
                return False
        return True

    def _tick(self) -> bool:
        target = self._middle.copy()
        target[:, 4] += 0.25 * np.sin(2 * np.pi * self.ticks * CONTROL_PERIOD) * np.array([1.0, -1.0])
        try:
            if self._cameras is not None:
                self.robot.watch(self._cameras.frames())
            self.robot.command(Command(self.ticks, self._due, CONTROL_PERIOD, target[None], _NO_TAIL))
        except RobotError:
            return False
        self.ticks += 1
        with self._record.open("a") as file:
            file.write(json.dumps({"tick": self.ticks, "target": target[:, 4].tolist()}) + "\n")
        self._due += CONTROL_PERIOD
        self.robot.clock.sleep_until(self._due)
        return not self.robot.journal.latched


def run_trial(fault: str, process: TwinProcess, credentials: Credentials | None = None) -> Trial:
    """Break a running twin once, and mend it."""
    inject(process.address, TwinSettings(), credentials)
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "ticks.jsonl"
        if fault == KILLED:
            return _kill(process, record)
        commander = Commander(process.address, credentials, record, cameras=fault == "frozen camera")
        try:
            return _break(fault, commander, process, record, credentials)
        finally:
            commander.robot.close()


def _break(
    fault: str, commander: Commander, process: TwinProcess, record: Path, credentials: Credentials | None
) -> Trial:
    robot, mend = commander.robot, _breaking(fault, process, credentials)
    _recovers(commander, _BEFORE)
    mend(True)
    commander.run(_PATIENCE if fault != "10 % loss" else 20)
    latched = list(robot.journal.latched)
    ticks = commander.ticks
    if latched:
        time.sleep(0.4)
    mend(False)
    ramp = None
    if latched:
        moved = _ask_twin(process, credentials)["moved_at"] - commander.link.offset
        ramp = moved - latched[0].time
    recovered = _recovers(commander)
    return Trial(fault, [entry.fault.value for entry in latched], ramp, recovered, _count(record), ticks)


def _breaking(fault: str, process: TwinProcess, credentials: Credentials | None) -> Callable[[bool], None]:
    if fault == CUT:
        return cut_cable
    return lambda broken: inject(process.address, SETTINGS[fault] if broken else TwinSettings(), credentials)


def _recovers(commander: Commander, ticks: int = _AFTER) -> bool:
    """Reset what is latched, and sway again; a busy computer may need more than one attempt."""
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        try:
            if commander.robot.journal.latched:
                commander.robot.reset_faults()
            if commander.run(ticks):
                return True
        except RobotError:
            time.sleep(0.1)  # The reset was refused: what caused the fault is still there, or an arm moves.
    return False


def _kill(process: TwinProcess, record: Path) -> Trial:
    """Let another process command, kill it, and look at the twin from outside."""
    command = [sys.executable, "-m", "lacelab.real_robot.fault_test", "--command", process.address, str(record)]
    while _count(record) < _BEFORE:  # A busy computer may need more than one attempt.
        record.unlink(missing_ok=True)
        with subprocess.Popen(command) as child:
            while _count(record) < _BEFORE and child.poll() is None:
                time.sleep(0.02)
            child.kill()
    ticks = _count(record)
    time.sleep(0.5)
    newest = _ask_twin(process, None)
    held = newest["held"]
    silence = float(held.split()[3]) if held else 0.0  # "no command for 0.200 s"
    ramp = newest["moved_at"] - (newest["heard_at"] + silence) if held else None
    commander = Commander(process.address, None, record)
    recovered = _recovers(commander)
    commander.robot.close()
    return Trial(KILLED, ["stale_command"] if held else [], ramp, recovered, _count(record) - commander.ticks, ticks)


def _ask_twin(process: TwinProcess, credentials: Credentials | None) -> dict[str, Any]:
    observer = TwinLink(process.address, role="operator", credentials=credentials)
    observer.connect()
    capture: dict[str, Any] = observer.ask("state")["capture"]
    observer.close()
    return capture


def _count(record: Path) -> int:
    """Return how many whole ticks were written."""
    return len([json.loads(line) for line in record.read_text().splitlines()]) if record.exists() else 0


def run_trials(fault: str, trials: int) -> list[Trial]:
    """Break a fresh twin some times."""
    with ExitStack() as stack:
        if fault == CUT:
            process, credentials = stack.enter_context(cuttable_twin())
            return [run_trial(fault, process, credentials) for _ in range(trials)]
        process = stack.enter_context(TwinProcess(lockstep=False, breakable=True))
        return [run_trial(fault, process) for _ in range(trials)]


def summarize(trials: list[Trial]) -> dict[str, Any]:
    """Return what is reported of one fault."""
    ramps = [trial.ramp for trial in trials if trial.ramp is not None]
    return {
        "trials": len(trials),
        "passed": sum(trial.passed for trial in trials),
        "latched": sum(bool(trial.latched) for trial in trials),
        "recovered": sum(trial.recovered for trial in trials),
        "faults": sorted({fault for trial in trials for fault in trial.latched}),
        "slowest_ramp": max(ramps, default=None),
        "lost_ticks": sum(max(0, trial.ticks - trial.recorded) for trial in trials),
    }


@dataclass(frozen=True)
class Arguments:
    """Break a twin.

    Attributes:
        trials: of each fault.
        faults: which ones.
        out: JSON file of the result.
        command: only sway a twin at an address and write ticks to a file; what is killed by a trial.
    """

    trials: int = 20
    faults: tuple[str, ...] = FAULTS
    out: Path = Path("faults.json")
    command: tuple[str, Path] | None = None


def main() -> int:
    """Run the trials; exit code 1 if one failed."""
    arguments = tyro.cli(Arguments)
    if arguments.command is not None:
        Commander(arguments.command[0], None, arguments.command[1]).run(10**6)
        return 0
    result = {}
    for fault in arguments.faults:
        trials = run_trials(fault, arguments.trials)
        result[fault] = summarize(trials)
        print(fault, json.dumps(result[fault]), flush=True)
        for trial in trials:
            if not trial.passed:
                print("  failed:", json.dumps(asdict(trial)), flush=True)
    arguments.out.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if all(entry["passed"] == entry["trials"] for entry in result.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
