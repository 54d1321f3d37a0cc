"""Does the control loop keep its rate beside a policy that thinks and a twin that simulates?

python -m lacelab.benchmarks.loop_timing --policy shipped --minutes 10 --out benchmarks/results/loop.json

A twin runs in real time in a process of its own, on the same cores; chunks are computed in a thread while the last one runs
(real-time chunking). A deadline is missed when a tick ends more than a tenth of it late; jitter is by how much the time
from tick to tick differs from 50 ms. Resets are left out.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lacelab.agents.policies import make_policy, resolve_policy
from lacelab.envs.exceptions import ParameterError
from lacelab.envs.spec import CONTROL_PERIOD
from lacelab.real_robot.control_loop import Chunking, ControlLoop
from lacelab.real_robot.worlds import make_twin

from .files import write_json
from .program import start
from .versions import git_commit, versions

_LATE = 0.1 * CONTROL_PERIOD  # s
_HORIZON, _AHEAD = 6, 2  # actions of a chunk that run; begin to think so many ticks before its end


@dataclass(frozen=True)
class Arguments:
    """Measure the loop.

    Attributes:
        out: JSON file of the result.
        policy: as in `lacelab eval`.
        minutes: of ticks.
        task: what to do.
        difficulty: of the task.
    """

    out: Path
    policy: str = "shipped"
    minutes: float = 10.0
    task: str = "ThreadEyelet"
    difficulty: str = "standard"

    def run(self) -> None:
        """Measure and write."""
        write_json(self.out, measure(self))


def measure(arguments: Arguments, on_episode: Callable[[str], None] = print) -> dict[str, Any]:
    """Run episodes until there are enough ticks, and return how late they were.

    Raises:
        ParameterError: there is no time to measure.
    """
    if arguments.minutes <= 0:
        raise ParameterError("minutes", arguments.minutes, "a positive number")
    policy = resolve_policy(arguments.policy, arguments.task)
    env = make_twin(arguments.task, difficulty=arguments.difficulty, lockstep=False)
    loop = ControlLoop(env, make_policy(policy, env), Chunking(_HORIZON, _AHEAD, blend=1))
    lateness: list[float] = []
    periods: list[float] = []
    outcomes: list[str] = []
    wanted = round(arguments.minutes * 60 / CONTROL_PERIOD)
    try:
        while len(lateness) < wanted:
            ended = _Episode(lateness, periods).follow(loop.run(len(outcomes)), wanted)
            outcomes.append(ended)
            on_episode(f"seed {len(outcomes) - 1}: {ended}; {len(lateness)} of {wanted} ticks")
            if env.robot.journal.latched:
                time.sleep(0.5)
                env.robot.reset_faults()
        history = [record.fault.value for record in env.robot.journal.history]
    finally:
        env.close()
    return {
        "policy": policy,
        "task": arguments.task,
        "difficulty": arguments.difficulty,
        **figures(np.array(lateness), np.array(periods)),
        "outcomes": outcomes,
        "faults": history,
        "versions": versions(),
        "commit": git_commit(),
    }


def figures(lateness: np.ndarray, periods: np.ndarray) -> dict[str, float]:
    """Return shares and quantiles of the lateness of ticks (n,) and of the times between them (m,) [s]."""
    jitter = np.abs(periods - CONTROL_PERIOD)
    return {
        "ticks": len(lateness),
        "missed_share": float((lateness > _LATE).mean()),
        "lateness_p99": float(np.quantile(lateness, 0.99)),
        "lateness_max": float(lateness.max()),
        "jitter_p99": float(np.quantile(jitter, 0.99)),
        "jitter_max": float(jitter.max()),
    }


@dataclass
class _Episode:
    """Collects the times of one episode."""

    lateness: list[float]
    periods: list[float]

    def follow(self, ticks: Iterator[Any], wanted: int) -> str:
        """Run to the end of the episode, or of all ticks that are wanted, and say how it ended."""
        next(ticks)
        before: float | None = None
        for tick in ticks:
            now = time.monotonic()
            if before is not None:
                self.periods.append(now - before)
            before = now
            self.lateness.append(tick.info["timing"]["lateness"])
            if tick.terminated or tick.truncated:
                return _ending(tick.info)
            if len(self.lateness) >= wanted:
                break
        return "time is up"


def _ending(info: dict[str, Any]) -> str:
    if info["is_success"]:
        return "success"
    return "fault" if info["safety"]["faults"] else "failure"


if __name__ == "__main__":
    start(Arguments)
