"""A hand that shall reach an aglet in a plane: all of GR-RL in a world whose best actions are known.

Fast and slow operators alternate within an episode, so that actions have two modes and the fast one is worth more. Some
fumble: they move away for a while and then start over.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.agents.data.arrays import FrameArrays
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import ACTION, SCENE, STATE, TOKENS, flatten
from lacelab.envs.language import encode
from lacelab.envs.spec import STATE_KEYS

CHUNK = 3
FAST, SLOW = 1.0, 0.4
_STEP = 0.02  # m that an action of 1 moves the hand
_NEAR = 0.006  # m
_LIMIT = 40  # ticks
_TIP = np.array([0.35, 0.0, 0.4])
_INSTRUCTION = encode("thread the left lace through the first hole on the left")

Offsets = NDArray[np.float64]
"""From the aglet to the hand in the plane (..., 2) [m]."""


class Episode(NamedTuple):
    """One trajectory: offsets and actions (ticks, 2), which of them were fumbled, and where the operator started over."""

    offsets: Offsets
    actions: Offsets
    flawed: NDArray[np.bool_]
    keyframes: list[int]


class World(NamedTuple):
    """A dataset of episodes."""

    reader: ChunkReader
    flawed: NDArray[np.bool_]
    keyframes: list[list[int]]
    episodes: list[Episode]

    @property
    def success(self) -> list[bool]:
        """Whether the hand got there."""
        return self.reader.arrays.success.tolist()


def start(numbers: np.random.Generator) -> Offsets:
    """Return where an episode begins (2,)."""
    angle = numbers.uniform(-np.pi, np.pi)
    return numbers.uniform(0.06, 0.12) * np.array([np.cos(angle), np.sin(angle)])


def towards(offset: Offsets, speed: float) -> Offsets:
    """Return the action that leads to the aglet at most at a speed."""
    distance = np.linalg.norm(offset)
    return -offset / distance * min(speed, distance / _STEP)


def move(offset: Offsets, action: Offsets) -> Offsets:
    """Return the next offset."""
    return offset + _STEP * np.clip(action, -1.0, 1.0)


def arrived(offset: Offsets) -> bool:
    """Return whether the aglet is reached."""
    return bool(np.linalg.norm(offset) < _NEAR)


def demonstrate(numbers: np.random.Generator, fumbles: bool) -> Episode:
    """Return a demonstration."""
    offset, keyframes = start(numbers), []
    rows: list[tuple[Offsets, Offsets, bool]] = []
    fumble = range(3, 7) if fumbles else range(0)
    speed = FAST
    while not arrived(offset):
        tick = len(rows)
        if tick % CHUNK == 0:
            speed = FAST if numbers.random() < 0.5 else SLOW
        action = towards(offset, speed) if tick not in fumble else -0.8 * towards(offset, FAST)
        rows.append((offset, action, tick in fumble))
        if fumble and tick == fumble[-1]:
            keyframes.append(tick + 1)
        offset = move(offset, action)
    return _episode(rows, keyframes)


def roll_out(act: Callable[[dict[str, NDArray[Any]]], NDArray[np.float32]], numbers: np.random.Generator) -> Episode:
    """Return what a policy does that is asked anew after every chunk."""
    offset = start(numbers)
    rows: list[tuple[Offsets, Offsets, bool]] = []
    while not arrived(offset) and len(rows) < _LIMIT:
        for action in act(observe(offset)):
            if arrived(offset):
                break
            rows.append((offset, action[:2], False))
            offset = move(offset, action[:2])
    return _episode(rows, [])


def _episode(rows: list[tuple[Offsets, Offsets, bool]], keyframes: list[int]) -> Episode:
    offsets, actions, flawed = (np.array(column) for column in zip(*rows, strict=True))
    return Episode(offsets, actions, flawed, keyframes)


def observe(offset: Offsets) -> dict[str, NDArray[Any]]:
    """Return an observation: the left hand beside the left aglet, all else at rest."""
    observation: dict[str, NDArray[Any]] = {name: np.zeros(key.shape, np.float32) for name, key in STATE_KEYS.items()}
    observation["tool_rotation"][:] = observation["target_rotation"][:] = [1, 0, 0, 0, 1, 0]
    observation["aglet_position"][:] = _TIP
    observation["tool_position"][:] = _TIP
    observation["tool_position"][0, :2] += offset.astype(np.float32)
    observation["target_position"][:] = observation["tool_position"]
    return observation | {"instruction": _INSTRUCTION}


def world_of(episodes: list[Episode]) -> World:
    """Return episodes as a dataset."""
    offsets, taken = (np.concatenate([getattr(e, name) for e in episodes]) for name in ("offsets", "actions"))
    rows = [flatten(observe(offset)) for offset in offsets]
    vectors: dict[str, NDArray[Any]] = {name: np.stack([row[name] for row in rows]) for name in (STATE, SCENE, TOKENS)}
    actions = np.zeros((len(taken), 14), np.float32)
    actions[:, :2] = taken
    lengths = [len(episode.actions) for episode in episodes]
    starts = np.cumsum([0, *lengths])
    reward = np.zeros(len(taken), np.float32)
    reward[starts[1:] - 1] = [arrived(move(e.offsets[-1], e.actions[-1])) for e in episodes]
    number = np.repeat(np.arange(len(episodes)), lengths)
    vectors[ACTION] = actions
    arrays = FrameArrays(vectors, reward, number, starts[number + 1], starts)
    flawed = np.concatenate([episode.flawed for episode in episodes])
    return World(ChunkReader(arrays, CHUNK), flawed, [episode.keyframes for episode in episodes], episodes)


def demonstrations(count: int, seed: int, fumbling: float = 0.3) -> World:
    """Return demonstrations, a share of which is fumbled."""
    numbers = np.random.default_rng(seed)
    return world_of([demonstrate(numbers, bool(numbers.random() < fumbling)) for _ in range(count)])
