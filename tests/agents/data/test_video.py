"""Videos keep thin laces, and the same pictures give the same bytes."""

import sys
from pathlib import Path

import numpy as np
import pytest

from lacelab.agents.data.exceptions import MissingExtraError
from lacelab.agents.data.video import VideoEncoder, decode


def _pictures(count: int) -> list[np.ndarray]:
    """Return a red line, one pixel wide, that moves over grey."""
    pictures = [np.full((64, 64, 3), 128, np.uint8) for _ in range(count)]
    for number, picture in enumerate(pictures):
        picture[20 + number] = (200, 40, 40)
    return pictures


def _encode(pictures: list[np.ndarray]) -> bytes:
    encoder = VideoEncoder()
    for picture in pictures:
        encoder.append(picture)
    return encoder.finish()


def test_lines_of_one_pixel_survive(tmp_path: Path) -> None:
    pictures = _pictures(12)
    (tmp_path / "video.mp4").write_bytes(_encode(pictures))
    decoded = list(decode(tmp_path / "video.mp4"))
    assert len(decoded) == 12
    for number, (before, after) in enumerate(zip(pictures, decoded, strict=True)):
        assert np.abs(after.astype(int) - before).mean() < 2
        assert np.abs(after[20 + number].astype(int) - (200, 40, 40)).max() < 25


def test_the_same_pictures_give_the_same_bytes() -> None:
    assert _encode(_pictures(5)) == _encode(_pictures(5)) != _encode(_pictures(4))


def test_without_av(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"Videos need PyAV: pip install 'lacelab\[data\]'"):
        VideoEncoder()
