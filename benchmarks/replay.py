"""Open-loop replay of recorded actions: the health figure of a dataset."""

import functools
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lacelab.agents.data import layout
from lacelab.agents.data.arrays import FrameArrays, open_arrays
from lacelab.agents.data.files import read_json
from lacelab.agents.data.record import make_env
from lacelab.agents.data.schema import ACTION, SCENE, STATE, flatten
from lacelab.envs.lacing_env import LacingEnv

from .demonstrations import read_episodes

_PERTURBED = ("lace_mass", "lace_stiffness", "lace_friction", "pad_friction", "servo_stiffness", "joint_damping")


@dataclass(frozen=True)
class Replay:
    """How to replay.

    Attributes:
        root: dataset.
        perturbation: largest relative change of each dynamics factor that the episode drew.
    """

    root: Path
    perturbation: float = 0.0


class Replayed(NamedTuple):
    """How one replay went."""

    episode: int
    success: bool  # of the replay
    same: bool  # outcome and stage times as recorded
    exact: bool  # every observation bit for bit as recorded


class _Source(NamedTuple):
    """What a process needs of a dataset."""

    env: LacingEnv
    arrays: FrameArrays
    rows: list[dict[str, Any]]
    overrides: dict[str, float]  # of the world in which all were recorded


def replay(settings: Replay, episodes: list[int], workers: int = 1) -> Iterator[Replayed]:
    """Replay episodes; yields them in their order.

    Args:
        settings: dataset and perturbation.
        episodes: numbers of the episodes.
        workers: number of processes.

    Raises:
        DatasetError: the dataset is not whole.
    """
    _source(settings.root)
    run = functools.partial(_replay, settings)
    if workers == 1:
        yield from map(run, episodes)
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the processes started below
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(run, episodes)


@functools.lru_cache(maxsize=1)
def _source(root: Path) -> _Source:
    """Open a dataset once per process."""
    manifest = read_json(root / layout.MANIFEST)
    env = make_env(manifest["task"], manifest["difficulty"], False)
    return _Source(env, open_arrays(root), read_episodes(root), manifest.get("overrides", {}))


def _replay(settings: Replay, number: int) -> Replayed:
    env, arrays, rows, overrides = _source(settings.root)
    row = rows[number]
    observation, info = _reset(env, row["seed"], settings.perturbation, overrides)
    exact = True
    for frame in range(arrays.starts[number], arrays.starts[number + 1]):
        flat = flatten(observation)
        exact = exact and all(np.array_equal(flat[name], arrays.vectors[name][frame]) for name in (STATE, SCENE))
        observation, _, terminated, truncated, info = env.step(np.asarray(arrays.vectors[ACTION][frame], np.float32))
        if terminated or truncated:
            break
    recorded = {name.removeprefix("stages/"): value for name, value in row.items() if name.startswith("stages/")}
    same = bool(info["is_success"]) == row["success"] and dict(info["stages"]) == recorded
    return Replayed(number, bool(info["is_success"]), same, exact)


def _reset(
    env: LacingEnv, seed: int, perturbation: float, overrides: dict[str, float]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Start the episode of a seed, on demand with other dynamics."""
    observation, info = env.reset(seed=seed, options={"overrides": overrides})
    if not perturbation:
        return observation, info
    factors = np.random.default_rng(seed).uniform(1 - perturbation, 1 + perturbation, len(_PERTURBED))
    drawn = info["randomization"]
    disturbed = {name: drawn[name] * float(factor) for name, factor in zip(_PERTURBED, factors, strict=True)}
    return env.reset(seed=seed, options={"overrides": overrides | disturbed})
