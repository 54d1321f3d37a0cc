"""Frames without a simulator, for tests of learning: observations near the shoe, actions that follow from them."""

import numpy as np
from numpy.typing import NDArray

from lacelab.agents.data.arrays import FrameArrays
from lacelab.agents.data.schema import ACTION, SCENE, STATE, TOKENS, WIDTHS, slices
from lacelab.envs.language import encode
from lacelab.envs.spec import ACTION_SIZE

INSTRUCTION = "thread the left lace through the first hole on the left"


def synthetic_rows(length: int, numbers: np.random.Generator) -> dict[str, NDArray[np.generic]]:
    """Return the columns of one episode (length, width)."""
    state = numbers.normal(0.0, 0.1, (length, WIDTHS[STATE])).astype(np.float32)
    scene = numbers.normal(0.0, 0.1, (length, WIDTHS[SCENE])).astype(np.float32)
    for key in ("tool_rotation", "target_rotation"):
        state[:, slices(STATE)[key]] = np.tile([1, 0, 0, 0, 1, 0], 2)
    tokens = np.tile(encode(INSTRUCTION).astype(np.uint8), (length, 1))
    actions = np.tanh(state[:, :ACTION_SIZE] * 5.0).astype(np.float32)
    return {STATE: state, SCENE: scene, TOKENS: tokens, ACTION: actions}


def synthetic_frames(episodes: int, length: int, seed: int = 0) -> FrameArrays:
    """Return episodes of equal length, of which every step but the last pays nothing."""
    numbers = np.random.default_rng(seed)
    rows = [synthetic_rows(length, numbers) for _ in range(episodes)]
    starts = np.arange(episodes + 1) * length
    episode = np.repeat(np.arange(episodes), length)
    reward = np.zeros(episodes * length, np.float32)
    reward[starts[1:] - 1] = 1.0
    vectors = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    return FrameArrays(vectors, reward, episode, starts[episode + 1], starts)
