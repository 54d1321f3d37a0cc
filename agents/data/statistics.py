"""Statistics of features as LeRobot stores them: extremes, moments and quantiles, exact rather than binned."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Statistics = dict[str, Any]
_QUANTILES = (0.01, 0.10, 0.50, 0.90, 0.99)


def vector_statistics(values: NDArray[Any]) -> Statistics:
    """Return the statistics of a feature (frames, width), as lists."""
    rows = values.reshape(len(values), -1).astype(np.float64)
    result = {
        "min": rows.min(axis=0),
        "max": rows.max(axis=0),
        "mean": rows.mean(axis=0),
        "std": rows.std(axis=0),
        **dict(zip(_names(), np.quantile(rows, _QUANTILES, axis=0), strict=True)),
    }
    return {name: value.tolist() for name, value in result.items()} | {"count": [len(rows)]}


def image_statistics(parts: list[Statistics], frames: int) -> Statistics:
    """Return the statistics of a camera from the sums of its episodes; shape (3, 1, 1) each.

    Quantiles of pixels are not kept; like LeRobot for too few samples, they repeat the mean.
    """
    pixels = sum(part["pixels"][0] for part in parts)
    mean = np.sum([part["sum"] for part in parts], axis=0) / pixels
    variance = np.sum([part["squares"] for part in parts], axis=0) / pixels - mean**2
    result = {
        "min": np.min([part["min"] for part in parts], axis=0),
        "max": np.max([part["max"] for part in parts], axis=0),
        "mean": mean,
        "std": np.sqrt(np.maximum(variance, 0.0)),
        **dict.fromkeys(_names(), mean),
    }
    return {name: np.reshape(value, (3, 1, 1)).tolist() for name, value in result.items()} | {"count": [frames]}


def _names() -> list[str]:
    return [f"q{round(100 * share):02d}" for share in _QUANTILES]
