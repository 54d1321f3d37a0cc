"""Films of the fake world."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from lacelab.benchmarks.episode import EpisodeSpec
from lacelab.benchmarks.exceptions import OutputError
from lacelab.benchmarks.video import VideoWriter, film_episode, poster

SPEC = EpisodeSpec("ThreadEyelet", "standard", 0, "noop", world="fake_world:make")


def _read(path: Path, width: int, height: int) -> np.ndarray:
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    pixels = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(pixels, np.uint8).reshape(-1, height, width, 3)


def test_film_has_a_picture_per_tick(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "film.mp4"
    ticks: list[int] = []
    assert film_episode(SPEC, path, lambda: ticks.append(1))
    brightness = _read(path, 64, 48).mean(axis=(1, 2, 3))
    assert len(ticks) == 6 and brightness == pytest.approx([0, 40, 80, 120, 160, 200], abs=3)
    assert [entry.name for entry in path.parent.iterdir()] == ["film.mp4"]


def test_crash_leaves_no_half_film(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the lace broke"):
        film_episode(EpisodeSpec("ThreadEyelet", "standard", 8, "noop", world="fake_world:make"), tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []


def test_unwritable_film(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Cannot write "):
        film_episode(SPEC, tmp_path / "file" / "film.mp4")


def test_odd_sizes_are_refused_by_the_encoder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not divisible by 2"), VideoWriter(tmp_path / "film.mp4") as video:
        video.append(np.zeros((3, 3, 3), np.uint8))


def test_poster_is_the_middle_picture(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film_episode(SPEC, path)
    (tmp_path / "poster.jpg").write_bytes(poster(path))
    assert _read(tmp_path / "poster.jpg", 480, 360).mean() == pytest.approx(120, abs=45)
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(OutputError, match="shows no picture|is no video"):
        poster(tmp_path / "text.mp4")
