"""What GR-RL compares its critic with: a scalar critic, and the regression of t / T (arXiv 2512.01801, section 4.3)."""

from dataclasses import asdict, replace
from pathlib import Path

from . import progress
from .data.arrays import episode_column
from .pipeline import CRITIC, PROGRESS, OnStep, Run, save_array
from .training import loop
from .training.td import TemporalDifference
from .training.time_regression import TimeConfig, TimeRegression


def judge_by_scalar(run: Run, on_step: OnStep) -> Path:
    """Train a critic of one number where the paper's has a distribution; write the progress of every frame."""
    config, folder = replace(run.config.critic, head="scalar", mirror=0.5), run.folder / "scalar"

    def make() -> None:
        learner = TemporalDifference(config, run.transitions())
        loop.run(learner, config.steps, config.seed, folder, on_step)
        learner.save(folder / CRITIC)
        save_array(folder / PROGRESS, progress.symmetric_progress(learner.network, learner.head, run.reader))

    return run.stage("scalar", PROGRESS, asdict(config) | run.reads(), make)


def judge_by_time(run: Run, on_step: OnStep) -> Path:
    """Regress the elapsed share of time of successful demonstrations; write it for every frame."""
    sizes = run.config.critic
    config = TimeConfig(sizes.steps, sizes.batch, seed=run.config.seed, network=run.config.network)
    folder = run.folder / "time"

    def make() -> None:
        succeeded = [number for number, success in enumerate(episode_column(run.data, "success")) if success]
        learner = TimeRegression(config, run.reader, run.reader.frames_of(succeeded))
        loop.run(learner, config.steps, config.seed, folder, on_step)
        learner.network.requires_grad_(requires_grad=False)
        save_array(folder / PROGRESS, progress.over_frames(learner.predict, run.reader, learner.device))

    return run.stage("time", PROGRESS, asdict(config) | run.reads(), make)
