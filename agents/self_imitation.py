"""A policy practises: what fails is tried again with other noise until it succeeds, and what succeeded is cloned.

Self-imitation (Oh et al., 2018, arXiv 1806.05635) by expert iteration (Anthony, Tian and Barber, 2017, arXiv 1705.08439), with no
critic: of a policy that succeeds nine times in ten, the noise of single chunks decides most of the rest, and the episodes that
failed are where it has most to learn. Episodes are cloned without their pauses (`pauses`), and those that failed at first
several times over. Needs no demonstrations: a checkpoint is enough.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.parameters import check_count

from . import checkpoint
from .data.files import write_json
from .exceptions import RunError
from .networks import NetworkConfig
from .pauses import without_pauses
from .rollouts import Rollout, RolloutSpec, as_reader, as_sent, collect, rollout_seed
from .stage import POLICY, make_once, result_digest
from .training import loop
from .training.cloning import KIND, WAITING, Cloning, CloningConfig, load_policy

PRACTICE, ROLLOUTS = "practice.json", "rollouts"
_MOST = 1_000_000  # rollouts of the next seed begin there


@dataclass(frozen=True)
class SelfImitationConfig:
    """How much is practised, and how it is cloned.

    Attributes:
        episodes: to solve.
        first: number of the first of them; practice that goes on from another one's result begins where that one ended.
        repeats: how often a failed one is tried again.
        hard_times: how often an episode that failed at first is cloned for each time that another one is.
        task: to practise.
        difficulty: of it.
        seed: of episodes and batches.
        cloning: rates; shorter and slower than those of a policy from scratch.
    """

    episodes: int = 200
    first: int = 0
    repeats: int = 4
    hard_times: int = 3
    task: str = "ThreadEyelet"
    difficulty: str = "standard"
    seed: int = 0
    cloning: CloningConfig = field(
        default_factory=lambda: CloningConfig(steps=4000, learning_rate=5e-4, matrix_learning_rate=3e-3, mirror=0.5)
    )

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be practised with, and hand the seed on.

        Raises:
            ParameterError: naming the valid range.
        """
        for name, least in {"episodes": 1, "first": 0, "repeats": 0, "hard_times": 1}.items():
            check_count(name, getattr(self, name), least, _MOST)
        check_count("first + episodes", self.first + self.episodes, 1, _MOST)
        object.__setattr__(self, "cloning", replace(self.cloning, seed=self.seed))


class Practice(NamedTuple):
    """Episodes that were solved, and how many were not."""

    at_once: list[Rollout]
    later: list[Rollout]
    never: int

    def facts(self) -> dict[str, int]:
        """Return the numbers."""
        return {"solved_at_once": len(self.at_once), "solved_later": len(self.later), "never": self.never}


def self_imitate(
    config: SelfImitationConfig,
    policy: Path,
    folder: Path,
    provenance: Mapping[str, Any],
    workers: int,
    on_rollout: Callable[[Rollout], None],
    on_step: Callable[[int, dict[str, float]], None],
) -> Path:
    """Practise and learn; return the checkpoint of the new policy, which waits by itself before it closes a hand.

    Args:
        config: of both.
        policy: checkpoint of a cloned policy.
        folder: of the run; goes on from what is there.
        provenance: versions and commit, written beside the result.
        workers: processes that roll out.
        on_rollout: called with every rollout that is not there yet.
        on_step: called with every gradient step.

    Raises:
        CheckpointError: the policy is none.
        RunError: it is of another kind, the folder is of another configuration, or nothing was solved.
    """
    kind = _kind_of(policy)
    config = replace(config, cloning=replace(config.cloning, network=_network_of(policy, kind)))

    def make() -> None:
        found = practise(config, policy, folder / ROLLOUTS, workers, on_rollout)
        write_json(folder / PRACTICE, found.facts())
        if not found.at_once and not found.later:
            raise RunError(f"None of {found.never} episodes was solved by '{policy}': nothing to learn from.")
        _clone(config, found, policy, folder, on_step)

    facts = asdict(config) | {"reads": {"policy": result_digest(policy)}}
    return make_once(folder, POLICY, facts, provenance, make)


def _clone(
    config: SelfImitationConfig,
    found: Practice,
    policy: Path,
    folder: Path,
    on_step: Callable[[int, dict[str, float]], None],
) -> None:
    kind, chunk = checkpoint.kind_of(policy), config.cloning.network.chunk
    sent = [rollout if kind == WAITING else as_sent(rollout, chunk) for rollout in [*found.at_once, *found.later]]
    shown = [without_pauses(rollout) for rollout in sent]
    reader, _ = as_reader(shown, chunk)
    frames = _weighted(shown, len(found.at_once), config.hard_times)
    learner = Cloning(config.cloning, reader, frames, load_policy(policy, kind))
    loop.run(learner, config.cloning.steps, config.seed, folder, on_step)
    learner.save(folder / POLICY, WAITING)
    lengths = {"ticks": sum(len(rollout.reward) for rollout in sent), "cloned": len(reader.arrays)}
    write_json(folder / PRACTICE, found.facts() | lengths)


def practise(
    config: SelfImitationConfig,
    policy: Path,
    folder: Path,
    workers: int,
    on_rollout: Callable[[Rollout], None] = lambda rollout: None,
) -> Practice:
    """Roll out, again and again where it fails; see `self_imitate`."""
    numbers = range(config.first, config.first + config.episodes)
    failed = [
        RolloutSpec(policy, rollout_seed(config.seed, number), config.task, config.difficulty) for number in numbers
    ]
    at_once: list[Rollout] = []
    later: list[Rollout] = []
    for attempt in range(config.repeats + 1):
        failed = [replace(spec, noise=attempt) for spec in failed]
        found = collect(failed, folder, workers, on_rollout)
        (later if attempt else at_once).extend(rollout for rollout in found if rollout.success)
        failed = [spec for spec, rollout in zip(failed, found, strict=True) if not rollout.success]
    return Practice(at_once, later, len(failed))


def _weighted(rollouts: Sequence[Rollout], easy: int, hard_times: int) -> NDArray[np.int64]:
    """Return the indices of all frames, those of rollouts after the first `easy` ones several times."""
    lengths = [len(rollout.reward) for rollout in rollouts]
    begin, end = sum(lengths[:easy]), sum(lengths)
    return np.concatenate([np.arange(begin), np.tile(np.arange(begin, end), hard_times)])


def _kind_of(policy: Path) -> str:
    kind = checkpoint.kind_of(policy)
    if kind not in (KIND, WAITING):
        raise RunError(f"'{policy}' is a {kind}; only a {KIND} or a {WAITING} can learn from what it does.")
    return kind


def _network_of(policy: Path, kind: str) -> NetworkConfig:
    return load_policy(policy, kind).config
