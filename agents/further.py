"""A trained policy, taught further by more demonstrations, of any tasks: whole shoes, laces on the other side, interventions.

Each instruction of a demonstration counts for itself, and only how it was fulfilled is cloned (`data.instructions`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import checkpoint
from .data.arrays import demonstrations_digest
from .data.instructions import fulfilled_instructions
from .data.reader import ChunkReader
from .exceptions import RunError
from .stage import make_once, result_digest
from .training import loop
from .training.cloning import HANDING_OVER, KIND, Cloning, CloningConfig, load_policy

POLICY = "policy.safetensors"
FURTHER = CloningConfig(steps=14000, mirror=0.5, among=0.5)
"""Rates with which a trained policy learns further; the lace that is not asked for is shown as in another sample, see `training.context`."""


def clone_further(
    config: CloningConfig,
    policy: Path,
    roots: Sequence[Path],
    folder: Path,
    provenance: Mapping[str, Any],
    on_step: Callable[[int, dict[str, float]], None],
) -> Path:
    """Teach a policy further; return the checkpoint of the new one, which hands laces over in the air (`grip.Interlock`).

    Args:
        config: rates; sizes are those of the policy.
        policy: checkpoint of a cloned policy.
        roots: folders of demonstrations, at least one.
        folder: of the run; goes on from what is there.
        provenance: versions and commit, written beside the result.
        on_step: called with every gradient step.

    Raises:
        CheckpointError: the policy is none.
        RunError: it is of another kind, nothing was fulfilled, or the folder is of another configuration.
        DatasetError: a dataset is not whole, or there is none.
    """
    kind = checkpoint.kind_of(policy)
    if kind not in (KIND, HANDING_OVER):
        raise RunError(f"'{policy}' is a {kind}; only a {KIND} or a {HANDING_OVER} can be taught further.")
    start = load_policy(policy, kind)
    arrays, shown = fulfilled_instructions(roots)
    if not shown.any():
        raise RunError(f"No instruction was fulfilled in {', '.join(map(str, roots))}: nothing to learn from.")
    config = replace(config, network=start.config)

    def make() -> None:
        reader = ChunkReader(arrays, start.config.chunk, mirror=0.0)
        learner = Cloning(config, reader, np.flatnonzero(shown), start)
        loop.run(learner, config.steps, config.seed, folder, on_step)
        learner.save(folder / POLICY, HANDING_OVER)

    reads = {"policy": result_digest(policy), "data": [demonstrations_digest(root) for root in roots]}
    return make_once(folder, POLICY, asdict(config) | {"frames": int(shown.sum()), "reads": reads}, provenance, make)
