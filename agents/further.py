"""A trained policy, taught further by more demonstrations, of any tasks: whole shoes, laces on the other side, interventions.

Each instruction of a demonstration counts for itself, and only how it was fulfilled is cloned (`data.instructions`). Where somebody
helped a policy out, what it did without help may be cloned beside that: interventions are then given a weight of their own, and the
rest keeps the policy what it is (intervention weighted regression: Mandlekar et al., 2020, arXiv 2012.06733).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.parameters import check_number

from . import checkpoint
from .data.arrays import FrameArrays, demonstrations_digest, selected
from .data.instructions import Fulfilled, fulfilled_instructions
from .data.reader import ChunkReader
from .exceptions import RunError
from .mixing import mixed
from .pauses import pauses
from .stage import POLICY, make_once, result_digest
from .training import loop
from .training.cloning import HANDING_OVER, KIND, Cloning, CloningConfig, load_policy

FURTHER = CloningConfig(steps=14000, mirror=0.5, among=0.5)
"""Rates with which a trained policy learns further; the lace that is not asked for is shown as in another sample, see `training.context`."""

_MOST = 0.95


def at_rate(config: CloningConfig, rate: float) -> CloningConfig:
    """Return a configuration whose learning rates are a share, up to 1, of those of another one.

    Raises:
        ParameterError: there is no such share.
    """
    check_number("rate", rate, 0.001, 1.0)
    matrices = config.matrix_learning_rate * rate
    return replace(config, learning_rate=config.learning_rate * rate, matrix_learning_rate=matrices)


def clone_further(
    config: CloningConfig,
    policy: Path,
    roots: Sequence[Path],
    folder: Path,
    provenance: Mapping[str, Any],
    on_step: Callable[[int, dict[str, float]], None],
    alone: float = 0.0,
    unlaid: Sequence[Path] = (),
) -> Path:
    """Teach a policy further; return the checkpoint of the new one, which hands laces over in the air (`grip.Interlock`).

    Args:
        config: rates; sizes are those of the policy.
        policy: checkpoint of a cloned policy.
        roots: folders of demonstrations, at least one.
        folder: of the run; goes on from what is there.
        provenance: versions and commit, written beside the result.
        on_step: called with every gradient step.
        alone: share of samples of what a policy fulfilled without help, up to 0.95.
        unlaid: more folders, in which what comes after the pull is not cloned.

    Raises:
        ParameterError: there is no such share.
        CheckpointError: the policy is none.
        RunError: it is of another kind, nothing was fulfilled, or the folder is of another configuration.
        DatasetError: a dataset is not whole, or there is none.
    """
    check_number("alone", alone, 0.0, _MOST)
    kind = checkpoint.kind_of(policy)
    if kind not in (KIND, HANDING_OVER):
        raise RunError(f"'{policy}' is a {kind}; only a {KIND} or a {HANDING_OVER} can be taught further.")
    start = load_policy(policy, kind)
    found = _without_rests(fulfilled_instructions(roots, unlaid))
    config = replace(config, network=start.config)
    frames = _samples(found, alone, ", ".join(map(str, (*roots, *unlaid))))

    def make() -> None:
        learner = Cloning(config, ChunkReader(found.arrays, start.config.chunk, mirror=0.0), frames, start)
        loop.run(learner, config.steps, config.seed, folder, on_step)
        learner.save(folder / POLICY, HANDING_OVER)

    reads = {"policy": result_digest(policy), "data": [demonstrations_digest(root) for root in roots]}
    if unlaid:
        reads["unlaid"] = [demonstrations_digest(root) for root in unlaid]
    facts = {"alone": alone, "frames": int(found.shown.sum()), "reads": reads}
    return make_once(folder, POLICY, asdict(config) | facts, provenance, make)


def _without_rests(found: Fulfilled) -> Fulfilled:
    """Cut out where both hands rest for long: whoever has learned that without a memory of how long never goes on."""
    kept = ~_resting(found.arrays)
    return Fulfilled(selected(found.arrays, kept), *(flags[kept] for flags in found[1:]))


def _samples(found: Fulfilled, alone: float, where: str) -> NDArray[np.int64]:
    """Return indices of frames to draw from, a share of them of what a policy did alone."""
    shown = np.flatnonzero(found.shown)
    if not len(shown):
        raise RunError(f"No instruction was fulfilled in {where}: nothing to learn from.")
    if not alone:
        return shown
    own = np.flatnonzero(found.alone)
    if not len(own):
        raise RunError(
            f"No policy fulfilled an instruction alone in {where}, of which {alone} of all samples should be."
        )
    return mixed(shown, own, alone)


def _resting(arrays: FrameArrays) -> NDArray[np.bool_]:
    episodes = [slice(start, stop) for start, stop in pairwise(arrays.starts)]
    return np.concatenate(
        [pauses({name: values[part] for name, values in arrays.vectors.items()}) for part in episodes]
    )
