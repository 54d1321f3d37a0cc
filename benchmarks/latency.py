"""How latency costs success: `python -m lacelab.benchmarks.latency`, in simulated time.

Two delays are studied on a twin in lock-step. Of the wire: half of it on the way there, half on the way back; the
expert acts at every tick on what it sees. Of thinking: chunks of actions, computed while the arms rest ("between"), while the last
chunk runs ("ahead"), or ahead and behind what will have been executed by then ("chunking": real-time chunking).
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lacelab.agents.demonstrator.expert import Expert
from lacelab.envs.spec import CONTROL_PERIOD
from lacelab.real_robot.control_loop import Chunking, ControlLoop, SimulatedInference
from lacelab.real_robot.lacing_env import RobotLacingEnv
from lacelab.real_robot.twin.settings import TwinSettings
from lacelab.real_robot.worlds import make_local_twin

from .files import write_json
from .foresight import ForesightExpert
from .program import start
from .statistics import wilson
from .versions import git_commit, versions

_CHUNK = 6  # actions


class _Blind:
    """Hides that a policy can plan behind what is committed."""

    def __init__(self, policy: ForesightExpert) -> None:
        self.reset, self.act = policy.reset, policy.act


@dataclass(frozen=True)
class Arguments:
    """Measure success against latency.

    Attributes:
        mode: "wire", "between", "ahead" or "chunking".
        milliseconds: of latency; of thinking only multiples of a tick, 50.
        episodes: seeds 0, 1, ...
        task: what to do.
        difficulty: of the task.
        out: JSON file of the result.
    """

    mode: str = "wire"
    milliseconds: int = 0
    episodes: int = 20
    task: str = "ThreadEyelet"
    difficulty: str = "standard"
    out: Path = Path("latency.json")

    def run(self) -> None:
        """Measure one point and add it to the file."""
        points = json.loads(self.out.read_text()) if self.out.exists() else []
        write_json(self.out, [*points, measure(self)])


def measure(arguments: Arguments) -> dict[str, Any]:
    """Run the episodes and return their outcomes."""
    latency = arguments.milliseconds / 1000
    wire = latency if arguments.mode == "wire" else 0.0
    env = make_local_twin(arguments.task, arguments.difficulty, TwinSettings(wire / 2, wire / 2))
    robot = env.robot
    loop = _loop(env, arguments.mode, round(latency / CONTROL_PERIOD))
    outcomes, durations, counts = [], [], []
    for seed in range(arguments.episodes):
        *_, last = loop.run(seed)
        outcomes.append(bool(last.info["is_success"]))
        durations.append(last.info["time"])
        counts.append(last.info["safety"])
        print(f"{arguments.mode} {arguments.milliseconds} ms, seed {seed}: {outcomes[-1]}", file=sys.stderr, flush=True)
        if robot.journal.latched:
            robot.clock.sleep_until(robot.clock.now() + 0.5)
            robot.reset_faults()
    interval = wilson(sum(outcomes), len(outcomes))
    return {
        "mode": arguments.mode,
        "milliseconds": arguments.milliseconds,
        "episodes": len(outcomes),
        "successes": sum(outcomes),
        "interval": [interval.low, interval.high],
        "mean_duration": sum(durations) / len(durations),
        "outcomes": outcomes,
        "faults": [record.fault.value for record in robot.journal.history],
        "versions": versions(),
        "commit": git_commit(),
    }


def _loop(env: RobotLacingEnv, mode: str, ticks: int) -> ControlLoop:
    if mode == "wire":
        return ControlLoop(env, Expert(env), Chunking(), SimulatedInference(0))
    expert = ForesightExpert(env, _CHUNK)
    if mode == "between":
        return ControlLoop(env, expert, Chunking(), SimulatedInference(ticks))
    chunking = Chunking(horizon=_CHUNK - ticks, ahead=ticks, blend=1)
    policy = expert if mode == "chunking" else _Blind(expert)
    return ControlLoop(env, policy, chunking, SimulatedInference(ticks))


if __name__ == "__main__":
    start(Arguments)
