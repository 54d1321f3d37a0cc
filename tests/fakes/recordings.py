"""Recordings that nobody demonstrated: the right columns, made up numbers; imported by worker processes."""

import os
import time

import numpy as np

from lacelab.agents.data.record import DemonstrationSpec
from lacelab.agents.data.recording import Arrays, Recording, pack
from lacelab.agents.data.schema import ACTION, IMAGES, SCENE, STATE, TOKENS, WIDTHS
from lacelab.agents.data.video import VideoEncoder
from lacelab.envs.language import encode

_INSTRUCTIONS = ("put the left lace through the first hole on the left", "thread the hole on the right")
_OPERATORS = ("novice", "practised")


def make(seed: int, length: int | None = None, success: bool | None = None, images: bool = False) -> Recording:
    """Return the recording of a seed."""
    generator = np.random.default_rng(seed)
    length = length or int(generator.integers(5, 30))
    success = bool(generator.random() < 0.8) if success is None else success
    task = _INSTRUCTIONS[seed % 2]
    frames: Arrays = {name: _rows(generator, name, length) for name in (STATE, SCENE, ACTION)}
    frames |= {
        TOKENS: np.tile(encode(task), (length, 1)),
        "task": np.array([task] * length),
        "next.reward": np.eye(length, dtype=np.float32)[-1] * success,
        "next.done": np.arange(length) == length - 1,
    }
    final = {name: _rows(generator, name, 1)[0] for name in (STATE, SCENE)} | {TOKENS: encode(task)}
    labels: Arrays = {
        "flaw": (generator.random(length) < 0.2).astype(np.int8) * 3,
        "phase": np.array(["carry"] * length),
        "progress": np.linspace(0, 1, length, dtype=np.float32),
        "stage": np.zeros(length, np.int8),
    }
    videos, image_stats = _videos(generator, length) if images else ({}, {})
    facts = {
        "seed": seed,
        "operator": _OPERATORS[seed % 2],
        "success": success,
        "outcome": "success" if success else "gave up",
        "instruction": task,
        "duration": round(length * 0.05, 6),
        "max_stage": 5 if success else 1,
        "stages": {"pick": 0.1, "putdown": length * 0.05 if success else None},
        "retry_frames": [2] if seed % 3 == 0 else [],
        "retry_phases": ["insert"] if seed % 3 == 0 else [],
        "pushed_frames": [],
        "image_stats": image_stats,
    }
    return Recording(frames, final, labels, videos, facts)


def _rows(generator: np.random.Generator, feature: str, length: int) -> np.ndarray:
    return generator.uniform(-1, 1, (length, WIDTHS[feature])).astype(np.float32)


def _videos(generator: np.random.Generator, length: int) -> tuple[dict[str, bytes], dict[str, dict[str, list[float]]]]:
    encoders = {key: VideoEncoder() for key in IMAGES.values()}
    for encoder in encoders.values():
        for picture in generator.integers(0, 256, (length, 8, 8, 3), np.uint8):
            encoder.append(picture.repeat(16, 0).repeat(16, 1))
    return (
        {key: encoder.finish() for key, encoder in encoders.items()},
        {key: encoder.statistics() for key, encoder in encoders.items()},
    )


def record_fake(spec: DemonstrationSpec) -> bytes:
    """Stand in for `collect.record_packed`; a seed that ends like the variable kills its process."""
    time.sleep(float(os.environ.get("FAKE_RECORDING_DELAY", "0")))
    if os.environ.get("FAKE_RECORDING_KILLS") == str(spec.seed % 1000):
        os._exit(9)
    return pack(make(spec.seed, images=spec.images))
