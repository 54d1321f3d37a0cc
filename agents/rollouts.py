"""Episodes of a learned policy in the deployment mode, kept as frames to learn from: what the policy foresaw and wanted."""

import functools
import hashlib
import io
import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lacelab.envs.deployment import Deployment
from lacelab.envs.lacing_env import LacingEnv

from .acting import load_acting
from .checkpoint import digest_of
from .data.arrays import FrameArrays
from .data.files import write_atomically
from .data.reader import ChunkReader
from .data.schema import ACTION, TOKENS, flatten
from .foresight import Foresight
from .grip import PatientGrip, patience
from .learned import EXECUTED, carried_out
from .returns import Visits, visits
from .wanting import Wanting

SEED_BASE = 3_000_000_000  # neither demonstrations nor evaluations come near
_SEEDS_PER_RUN = 1_000_000
_SEEDS_OF_ALL_RUNS = 1 << 40
_REWARD, _STAGE = "reward", "max_stage"
_FORMAT = 1  # of the files, and of how policies are rolled out


@dataclass(frozen=True)
class RolloutSpec:
    """Everything that determines a rollout."""

    checkpoint: Path
    seed: int
    task: str = "ThreadEyelet"
    difficulty: str = "standard"
    noise: int = 0  # number of the attempt: the same scene with other noise
    aware: bool = True  # of the deployment mode; else what is seen is taken for the present, as in the paper


class Rollout(NamedTuple):
    """Frames of an episode (ticks, width), rewards (ticks,), and the number of stages that counted."""

    frames: dict[str, NDArray[Any]]
    reward: NDArray[np.float32]
    max_stage: int

    @property
    def success(self) -> bool:
        """Whether the episode succeeded."""
        return bool(self.reward[-1] > 0)


def rollout_seed(run: int, episode: int) -> int:
    """Return the seed of an episode of a training run."""
    return SEED_BASE + run * _SEEDS_PER_RUN + episode


def roll_out(spec: RolloutSpec) -> Rollout:
    """Run one episode; the same bits for the same specification."""
    env = _make_env(spec.task, spec.difficulty)
    known = env.known_deployment if spec.aware else None
    policy, foresight = _load(spec.checkpoint, known), Foresight(known)
    observation, info = env.reset(seed=spec.seed)
    policy.reset(spec.seed + spec.noise * _SEEDS_OF_ALL_RUNS)
    frames: list[dict[str, Any]] = []
    rewards: list[float] = []
    over = False
    while not over:
        wanted = policy.wanted(observation)
        for want, action in zip(wanted, policy.sent(wanted), strict=True):
            frames.append({**flatten(foresight(observation)), ACTION: want})
            foresight.sent(action[None])
            observation, reward, terminated, truncated, info = env.step(action)
            rewards.append(float(reward))
            over = terminated or truncated
            if over:
                break
    columns = {name: np.array([frame[name] for frame in frames]) for name in frames[0]}
    columns[TOKENS] = columns[TOKENS].astype(np.uint8)
    return Rollout(columns, np.array(rewards, np.float32), int(info["max_stage"]))


def collect(
    specs: Sequence[RolloutSpec],
    folder: Path,
    workers: int,
    on_rollout: Callable[[Rollout], None] = lambda rollout: None,
) -> list[Rollout]:
    """Return the rollouts of some episodes, in their order; those that `folder` holds are not run again."""
    paths = [path_of(spec, folder) for spec in specs]
    missing = [(spec, path) for spec, path in zip(specs, paths, strict=True) if not path.exists()]
    for rollout in _run(missing, workers):
        on_rollout(rollout)
    return [read_rollout(path) for path in paths]


def path_of(spec: RolloutSpec, folder: Path) -> Path:
    """Return where a rollout is kept in `folder`: apart from those of any other policy, task, or way to act.

    Raises:
        CheckpointError: there is no such policy.
    """
    policy = digest_of(spec.checkpoint)
    acts = {"format": _FORMAT, "deployment": asdict(Deployment()), "executed": EXECUTED}
    acts |= {} if spec.aware else {"aware": False}
    facts = json.dumps([policy, spec.task, spec.difficulty, acts], sort_keys=True)
    name = f"{spec.seed}-{spec.noise}" if spec.noise else f"{spec.seed}"
    return folder / hashlib.sha256(facts.encode()).hexdigest()[:16] / f"{name}.npz"


def as_sent(rollout: Rollout, chunk: int) -> Rollout:
    """Return a rollout with the actions that were sent: hands close when they did, not when a policy of such chunks wanted to."""
    grip = PatientGrip(patience(Deployment(), carried_out(chunk)))
    return rollout._replace(frames={**rollout.frames, ACTION: grip(rollout.frames[ACTION])})


def as_reader(rollouts: Sequence[Rollout], chunk: int) -> tuple[ChunkReader, Visits]:
    """Return rollouts as something to draw samples from."""
    starts = np.cumsum([0, *(len(rollout.reward) for rollout in rollouts)])
    episode = np.repeat(np.arange(len(rollouts)), np.diff(starts))
    vectors = {name: np.concatenate([rollout.frames[name] for rollout in rollouts]) for name in rollouts[0].frames}
    reward = np.concatenate([rollout.reward for rollout in rollouts])
    reader = ChunkReader(FrameArrays(vectors, reward, episode, starts[episode + 1], starts), chunk, mirror=0.0)
    every = range(len(rollouts))
    return reader, visits(starts, [rollout.success for rollout in rollouts], [[]] * len(rollouts), every)


def _run(missing: Sequence[tuple[RolloutSpec, Path]], workers: int) -> Iterator[Rollout]:
    """Run episodes and write each as it ends."""
    if workers == 1 or len(missing) < 2:
        threads = torch.get_num_threads()
        for spec, path in missing:
            found = _run_and_write(spec, path)
            torch.set_num_threads(
                threads
            )  # a policy that is loaded takes one: what is learned afterwards takes all again
            yield found
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context) as pool:
        jobs = [pool.submit(_run_and_write, spec, path) for spec, path in missing]
        yield from (job.result() for job in jobs)


def _run_and_write(spec: RolloutSpec, path: Path) -> Rollout:
    return keep_rollout(path, roll_out(spec))


def keep_rollout(path: Path, rollout: Rollout) -> Rollout:
    """Write a rollout, and return it."""
    buffer = io.BytesIO()
    extra: dict[str, NDArray[Any]] = {_REWARD: rollout.reward, _STAGE: np.array(rollout.max_stage)}
    np.savez_compressed(buffer, allow_pickle=False, **rollout.frames, **extra)
    write_atomically(path, buffer.getvalue())
    return rollout


def read_rollout(path: Path) -> Rollout:
    """Return a rollout that was kept."""
    with np.load(path) as file:
        frames = {name: file[name] for name in file.files if name not in (_REWARD, _STAGE)}
        return Rollout(frames, file[_REWARD], int(file[_STAGE]))


@functools.lru_cache(maxsize=1)
def _make_env(task: str, difficulty: str) -> LacingEnv:
    return LacingEnv(task, obs="state", difficulty=difficulty, deployment=Deployment())


@functools.lru_cache(maxsize=1)
def _load(checkpoint: Path, deployment: Deployment | None) -> Wanting:
    return load_acting(checkpoint, deployment)
