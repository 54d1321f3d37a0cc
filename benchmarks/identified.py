"""Is a robot found again from recordings of it, and does a policy do as well in the fitted simulator?

python -m lacelab.benchmarks.identified --episodes 100 --out benchmarks/results/identified.json

The robot is a twin in lock-step with hidden friction, damping, gains and lace, and a wire with a delay and noisy encoders. Its
arms are excited and its lace is swung behind the safety layer, as `lacelab robot excite` and `swing` do; then the
same episodes run on it and on a twin with the fitted values.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lacelab.agents.demonstrator.expert import Expert
from lacelab.real_robot.control_loop import ControlLoop, SimulatedInference
from lacelab.real_robot.identification import identify_arms
from lacelab.real_robot.lace_identification import TASK, identify_lace, record_swing
from lacelab.real_robot.lacing_env import RobotLacingEnv
from lacelab.real_robot.recording import excitation, record_motion
from lacelab.real_robot.twin.settings import TwinSettings
from lacelab.real_robot.worlds import make_local_twin

from .files import write_json
from .paired import compare
from .program import start
from .statistics import wilson
from .versions import git_commit, versions

HIDDEN = {
    "joint_friction": 1.5,
    "joint_damping": 0.75,
    "servo_stiffness": 0.95,
    "lace_stiffness": 1.5,
    "delay": 0.03,
}
"""Factors of the nominal values, and a delay [s]."""
_ENCODER = 2e-4  # rad, of 15 bits
_SEED = 4  # of the scene that is recorded


@dataclass(frozen=True)
class Arguments:
    """Hide, record, fit, compare.

    Attributes:
        out: JSON file of the result.
        episodes: ThreadEyelet, seeds 0, 1, ..., with the expert.
        difficulty: of them.
    """

    out: Path
    episodes: int = 100
    difficulty: str = "standard"

    def run(self) -> None:
        """Measure and write."""
        write_json(self.out, measure(self))


def measure(arguments: Arguments) -> dict[str, Any]:
    """Return what was hidden, what was found, and how the expert did in both worlds."""
    fitted, intervals = find(HIDDEN)
    print("\n".join(f"{name:16} hidden {value:.4f} found {fitted[name]:.4f}" for name, value in HIDDEN.items()))
    outcomes = {name: _run(name, values, arguments) for name, values in (("twin", HIDDEN), ("fitted", fitted))}
    table, difference = compare(outcomes["twin"], outcomes["fitted"])
    return {
        "hidden": HIDDEN,
        "fitted": fitted,
        "intervals": intervals,
        "errors": {name: fitted[name] / value - 1.0 for name, value in HIDDEN.items()},
        "difficulty": arguments.difficulty,
        "episodes": arguments.episodes,
        "success": {name: (sum(found), *wilson(sum(found), len(found))) for name, found in outcomes.items()},
        "difference": (difference.value, *difference.interval),
        "p_value": table.p_value,
        "versions": versions(),
        "commit": git_commit(),
    }


def find(hidden: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Record a twin with hidden values; return the fitted ones and half the widths of their intervals."""
    env = _twin(hidden, TASK)
    env.reset(seed=_SEED, options=_options(hidden))
    motion = record_motion(env.robot, excitation(env.robot.state().position), first_sequence=10)
    arms = identify_arms(motion)
    swing = record_swing(_twin(hidden, TASK), _SEED, options=_options(hidden))
    lace = identify_lace(swing, arms=arms.values)
    return {**arms.values, **lace.values}, {**arms.intervals, **lace.intervals}


def _twin(values: Mapping[str, float], task: str, difficulty: str = "standard") -> RobotLacingEnv:
    settings = TwinSettings(command_latency=values["delay"], encoder_noise=_ENCODER)
    return make_local_twin(task, difficulty, settings)


def _options(values: Mapping[str, float]) -> dict[str, Any]:
    return {"overrides": {name: value for name, value in values.items() if name != "delay"}}


def _run(name: str, values: Mapping[str, float], arguments: Arguments) -> list[bool]:
    """Return the outcomes of the expert in a world with these values."""
    env = _twin(values, "ThreadEyelet", arguments.difficulty)
    loop, outcomes = ControlLoop(env, Expert(env), inference=SimulatedInference(0)), []
    for seed in range(arguments.episodes):
        *_, last = loop.run(seed, _options(values))
        outcomes.append(bool(last.info["is_success"]))
        print(f"{name}, seed {seed}: {outcomes[-1]}", file=sys.stderr, flush=True)
        if env.robot.journal.latched:
            env.robot.clock.sleep_until(env.robot.clock.now() + 0.5)
            env.robot.reset_faults()
    return outcomes


if __name__ == "__main__":
    start(Arguments)
