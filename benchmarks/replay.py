"""Open-loop replay of recorded actions: the health figure of a dataset."""

from collections.abc import Iterator
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


def replay(settings: Replay, episodes: list[int]) -> Iterator[Replayed]:
    """Replay episodes one after the other."""
    manifest = read_json(settings.root / layout.MANIFEST)
    env = make_env(manifest["task"], manifest["difficulty"], False)
    arrays, rows = open_arrays(settings.root), read_episodes(settings.root)
    for number in episodes:
        yield _replay(env, arrays, rows[number], settings.perturbation)


def _replay(env: LacingEnv, arrays: FrameArrays, row: dict[str, Any], perturbation: float) -> Replayed:
    number = row["episode_index"]
    observation, info = _reset(env, row["seed"], perturbation)
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


def _reset(env: LacingEnv, seed: int, perturbation: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Start the episode of a seed, on demand with other dynamics."""
    observation, info = env.reset(seed=seed)
    if not perturbation:
        return observation, info
    factors = np.random.default_rng(seed).uniform(1 - perturbation, 1 + perturbation, len(_PERTURBED))
    drawn = info["randomization"]
    overrides = {name: drawn[name] * float(factor) for name, factor in zip(_PERTURBED, factors, strict=True)}
    return env.reset(seed=seed, options={"overrides": overrides})
