"""Statistics against literal numbers."""

import numpy as np
import pytest

from lacelab.agents.data.statistics import image_statistics, vector_statistics
from lacelab.agents.data.video import VideoEncoder


def test_vectors() -> None:
    found = vector_statistics(np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]], np.float32))
    assert found["min"] == [0, 1] and found["max"] == [4, 1] and found["mean"] == [2, 1] and found["count"] == [3]
    assert found["std"] == pytest.approx([np.sqrt(8 / 3), 0])
    assert found["q50"] == [2, 1] and found["q10"] == pytest.approx([0.4, 1]) and found["q99"][0] == pytest.approx(3.96)


def test_scalars_are_columns_of_width_one() -> None:
    assert vector_statistics(np.array([True, False]))["mean"] == [0.5]


def test_cameras_are_pooled_over_episodes() -> None:
    parts = []
    for levels in ((0, 255), (51,)):
        encoder = VideoEncoder()
        for level in levels:
            encoder.append(np.full((16, 16, 3), level, np.uint8))
        encoder.finish()
        parts.append(encoder.statistics())
    found = image_statistics(parts, 3)
    assert np.shape(found["mean"]) == (3, 1, 1) and found["count"] == [3]
    assert np.ravel(found["mean"]) == pytest.approx([0.4] * 3)
    assert np.ravel(found["std"]) == pytest.approx([np.std([0, 1, 0.2])] * 3)
    assert np.ravel(found["min"]).tolist() == [0] * 3 and np.ravel(found["max"]).tolist() == [1] * 3
