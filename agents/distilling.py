"""What succeeded in rollouts, cloned beside the demonstrations that the filter keeps, from the mirrored policy on.

Of a steered policy, that distils it back into its base (named as future work by GR-RL, arXiv 2512.01801); of the mirrored policy as it
is, that is self-imitation (Oh et al., 2018, arXiv 1806.05635), online RL whose only reward is whether an episode succeeded. Hands close in
rollouts when they did, not when they were told to and had to wait: what comes of them waits by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from lacelab.envs.parameters import check_count

from .data.arrays import joined
from .data.files import read_json, write_json
from .data.reader import ChunkReader
from .exceptions import RunError
from .pipeline import DISTILLED, OnStep, Run
from .rollouts import Rollout, as_reader, as_sent
from .stage import CONFIG, POLICY
from .training import loop, online
from .training.cloning import WAITING, Cloning, load_policy
from .training.online import OnlineConfig
from .training.online_learner import MOST

IMITATED, SUCCESSES = "imitated", "successes.json"


def distil(run: Run, workers: int, on_step: OnStep, name: str = "steered") -> Path:
    """Clone what succeeded in all rollouts of an online stage; return the checkpoint.

    Args:
        run: with a filter and the stage; its rates of distillation are those of this one.
        workers: processes that roll out what is not there.
        on_step: called with every gradient step.
        name: of the stage; its rollouts are those of the mirrored policy as it was and of all that acted in rounds.

    Raises:
        RunError: there is no such finished stage, nothing succeeded in it, or what acted in it knew nothing of the deployment mode.
    """
    met_by, folder = _online_config(run, name), f"{name}{DISTILLED}"
    if not met_by.aware:
        raise RunError(
            f"'{name}' took what it saw for the present; what is distilled does not, and needs an aware one."
        )

    def make() -> None:
        met = online.met(met_by, run.folder / "mirrored" / POLICY, run.folder / name, workers)
        _clone(run, met, f"rollouts that '{name}' met", folder, on_step)

    facts = asdict(run.config.distillation) | {"online": asdict(met_by)} | run.reads("mirrored", "filter", name)
    return run.stage(folder, POLICY, facts, make)


def imitate(run: Run, episodes: int, workers: int, on_rollout: Callable[[Rollout], None], on_step: OnStep) -> Path:
    """Let the mirrored policy act as it is, and clone what succeeded; return the checkpoint.

    Args:
        run: with a filter and a mirrored policy; its rates of distillation are those of this stage.
        episodes: to roll out; those that online stages have rolled out before they learned are the first of them.
        workers: processes that roll out.
        on_rollout: called with every rollout that is not there yet.
        on_step: called with every gradient step.

    Raises:
        ParameterError: there is no such number of episodes.
        RunError: a stage is not there, or nothing succeeded.
    """
    check_count("episodes", episodes, 1, MOST)
    config, base = replace(run.config.online, warm_episodes=episodes, aware=True), run.folder / "mirrored" / POLICY

    def make() -> None:
        met = online.roll_out_warm(config, base, workers, on_rollout)
        _clone(run, met, "rollouts of the mirrored policy", IMITATED, on_step)

    rolled_out = {"episodes": episodes, "task": config.task, "difficulty": config.difficulty}
    facts = asdict(run.config.distillation) | rolled_out | run.reads("mirrored", "filter")
    return run.stage(IMITATED, POLICY, facts, make)


def _clone(run: Run, met: Sequence[Rollout], what: str, stage: str, on_step: OnStep) -> None:
    config, folder = run.config.distillation, run.folder / stage
    succeeded = [as_sent(rollout, config.network.chunk) for rollout in met if rollout.success]
    write_json(folder / SUCCESSES, {"rollouts": len(met), "successes": len(succeeded)})
    if not succeeded:
        raise RunError(f"None of the {len(met)} {what} succeeded: nothing to learn from.")
    more = as_reader(succeeded, config.network.chunk)[0].arrays
    frames = np.concatenate([np.flatnonzero(run.kept()), len(run.reader.arrays) + np.arange(len(more))])
    reader = ChunkReader(joined(run.reader.arrays, more), config.network.chunk, mirror=0.0)
    learner = Cloning(config, reader, frames, load_policy(run.folder / "mirrored" / POLICY))
    loop.run(learner, config.steps, config.seed, folder, on_step)
    learner.save(folder / POLICY, WAITING)


def _online_config(run: Run, name: str) -> OnlineConfig:
    """Return how a finished online stage rolled out."""
    facts = run.folder / name / CONFIG
    entry = read_json(facts) if facts.exists() else {}
    if "seconds" not in entry or "learner" not in entry["config"]:
        raise RunError(f"'{run.folder / name}' is no finished online stage: run `lacelab train steer` first.")
    return OnlineConfig.of(entry["config"])
