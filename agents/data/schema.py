"""The columns of a dataset: how the observations of `envs.spec` become the flat features that LeRobot knows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.spec import (
    ACTION_SIZE,
    CONTROL_PERIOD,
    IMAGE_SIZE,
    INSTRUCTION_TOKENS,
    PIXEL_KEYS,
    SIDES,
    STATE_KEYS,
)

FORMAT = 1  # of what this package adds to LeRobot's layout; raised when columns or meanings change
LEROBOT_VERSION = "v3.0"
FPS = round(1 / CONTROL_PERIOD)

STATE, SCENE, TOKENS, ACTION = (
    "observation.state",
    "observation.environment_state",
    "observation.instruction",
    "action",
)
IMAGES = {name: f"observation.images.{name}" for name in PIXEL_KEYS}

_PROPRIOCEPTION = (
    "joint_position",
    "joint_velocity",
    "gripper_opening",
    "tool_position",
    "tool_rotation",
    "target_position",
    "target_rotation",
)
GROUPS: dict[str, tuple[str, ...]] = {
    STATE: _PROPRIOCEPTION,
    SCENE: tuple(name for name in STATE_KEYS if name not in (*_PROPRIOCEPTION, "instruction")),
}
"""Feature -> keys of the specification, in the order in which they are laid end to end."""

_ACTION_NAMES = ("x", "y", "z", "rx", "ry", "rz", "gripper")


def size(key: str) -> int:
    """Return the number of entries of a key of the specification."""
    return int(np.prod(STATE_KEYS[key].shape))


def slices(feature: str) -> dict[str, slice]:
    """Return where in a flat feature each key lies."""
    ends = np.cumsum([size(key) for key in GROUPS[feature]]).tolist()
    return {key: slice(end - size(key), end) for key, end in zip(GROUPS[feature], ends, strict=True)}


WIDTHS: dict[str, int] = {
    **{feature: sum(size(key) for key in keys) for feature, keys in GROUPS.items()},
    TOKENS: INSTRUCTION_TOKENS,
    ACTION: ACTION_SIZE,
}
"""Length of each vector feature."""


def flatten(observation: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the vector features of one observation."""
    flat: dict[str, NDArray[Any]] = {
        feature: np.concatenate([np.ravel(observation[key]) for key in keys]).astype(np.float32)
        for feature, keys in GROUPS.items()
    }
    return flat | {TOKENS: np.asarray(observation["instruction"], np.int64)}


def unflatten(features: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the keys of the specification as views of flat features with any leading axes."""
    observation = {
        key: features[feature][..., part].reshape(*features[feature].shape[:-1], *STATE_KEYS[key].shape)
        for feature in GROUPS
        for key, part in slices(feature).items()
    }
    return observation | {"instruction": features[TOKENS]}


def lerobot_features(images: bool) -> dict[str, dict[str, Any]]:
    """Return the `features` of `meta/info.json`."""
    features = {name: _vector("float32", WIDTHS[name], _names(name)) for name in (STATE, SCENE, ACTION)}
    features[TOKENS] = _vector("int64", INSTRUCTION_TOKENS, [f"token_{i}" for i in range(INSTRUCTION_TOKENS)])
    if images:
        features |= {name: _video() for name in IMAGES.values()}
    scalars = {"next.reward": "float32", "next.done": "bool", "timestamp": "float32"}
    scalars |= dict.fromkeys(("frame_index", "episode_index", "index", "task_index"), "int64")
    return features | {name: {"dtype": dtype, "shape": [1], "names": None} for name, dtype in scalars.items()}


def _vector(dtype: str, width: int, names: list[str]) -> dict[str, Any]:
    return {"dtype": dtype, "shape": [width], "names": names}


def _names(feature: str) -> list[str]:
    if feature == ACTION:
        return [f"{side}_{name}" for side in SIDES for name in _ACTION_NAMES]
    return [f"{key}_{i}" for key in GROUPS[feature] for i in range(size(key))]


def _video() -> dict[str, Any]:
    info = {
        "video.height": IMAGE_SIZE,
        "video.width": IMAGE_SIZE,
        "video.codec": "h264",
        "video.pix_fmt": "yuv444p",
        "video.is_depth_map": False,
        "video.fps": FPS,
        "video.channels": 3,
        "has_audio": False,
    }
    shape = [IMAGE_SIZE, IMAGE_SIZE, 3]
    return {"dtype": "video", "shape": shape, "names": ["height", "width", "channels"], "info": info}
