"""Ways back, shown by somebody who helped a policy out or lost hold, cloned beside the demonstrations that the filter keeps.

A trained policy goes on from its own weights; most of a batch is what it has learned from, so that it stays what it is, and a share of it
what it could not do yet (intervention weighted regression: Mandlekar et al., 2020, arXiv 2012.06733). A policy that is stuck rests, and
whoever takes over moves at once: how to get away is shown by a few frames, which count the more,
the sooner they follow a takeover or a fresh start.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.parameters import check_number

from .data.arrays import demonstrations_digest, joined
from .data.instructions import Fulfilled, fulfilled_instructions
from .data.reader import ChunkReader
from .exceptions import RunError
from .mixing import mixed
from .pipeline import Run
from .stage import POLICY
from .training import loop
from .training.cloning import Cloning, load_policy

HELPED = "helped-filtered"
"""Folder of the stage."""

_FIRST = 24  # times that the first frame of a way back counts
_SOON = 10  # ticks after which a frame counts half as often


def learn_from_help(
    run: Run, roots: Sequence[Path], share: float, on_step: Callable[[int, dict[str, float]], None]
) -> Path:
    """Clone ways back and filtered demonstrations from the mirrored policy on; return the checkpoint.

    Args:
        run: with a filter and a mirrored policy; its rates of distillation are those of this stage.
        roots: folders of episodes in which somebody took over or started over, at least one.
        share: of all samples, for these ways back.
        on_step: called with every gradient step.

    Raises:
        ParameterError: there is no such share.
        RunError: a stage is not there, nothing was shown, or the folder is of another configuration.
        DatasetError: a dataset is not whole, or there is none.
    """
    check_number("share", share, 0.01, 0.95)
    config, folder, reads = run.config.distillation, run.folder / HELPED, run.reads("mirrored", "filter")
    found = fulfilled_instructions(roots)
    if not found.recovering.any():
        raise RunError(
            f"Nobody took over or started over with success in {', '.join(map(str, roots))}: nothing to learn from."
        )
    demonstrated = run.reader.arrays
    frames = mixed(np.flatnonzero(run.kept()), len(demonstrated) + soonest_most(found), share)

    def make() -> None:
        reader = ChunkReader(joined(demonstrated, found.arrays), config.network.chunk, mirror=0.0)
        learner = Cloning(config, reader, frames, load_policy(run.folder / "mirrored" / POLICY))
        loop.run(learner, config.steps, config.seed, folder, on_step)
        learner.save(folder / POLICY)

    facts = {
        "share": share,
        "first": _FIRST,
        "soon": _SOON,
        "frames": int(found.recovering.sum()),
        "help": [demonstrations_digest(root) for root in roots],
    }
    return run.stage(HELPED, POLICY, asdict(config) | facts | reads, make)


def soonest_most(found: Fulfilled) -> NDArray[np.int64]:
    """Return indices of the ways back, each frame the more often, the sooner it follows where its own begins."""
    frames, episode = np.flatnonzero(found.recovering), found.arrays.episode
    first = np.full(len(found.arrays.starts) - 1, len(found.arrays))
    np.minimum.at(first, episode[frames], frames)
    since = frames - first[episode[frames]]
    return np.repeat(frames, np.maximum(1, np.round(_FIRST / (1.0 + since / _SOON)).astype(np.int64)))
