"""Pictures of a video side by side."""

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from lacelab.benchmarks.exceptions import OptionsError, OutputError
from lacelab.benchmarks.stills import Stills
from lacelab.benchmarks.video import VideoWriter
from lacelab.envs.exceptions import ParameterError


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video of 21 grey pictures, the brighter the later."""
    path = tmp_path_factory.mktemp("video") / "grey.mp4"
    with VideoWriter(path) as writer:
        for grey in np.linspace(40, 240, 21):
            writer.append(np.full((48, 64, 3), grey, np.uint8))
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_stills_are_even_from_the_first_to_the_last_row_by_row(video: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"deep/grey{suffix}"
    Stills(video, out, count=5, columns=3, width=32).run()
    picture = iio.imread(out)
    assert picture.shape == (48, 96, 3)
    greys = picture.reshape(2, 24, 3, 32, 3).mean(axis=(1, 3, 4))
    np.testing.assert_allclose(greys, [[40, 90, 140], [190, 240, 0]], atol=8)


def test_a_short_video_has_fewer(video: Path, tmp_path: Path) -> None:
    Stills(video, tmp_path / "all.png", count=100, columns=7, width=32).run()
    assert iio.imread(tmp_path / "all.png").shape == (3 * 24, 7 * 32, 3)


def test_what_cannot_be_is_refused_and_nothing_is_written(video: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match=r"grey.gif' ends in none of .jpg, .png"):
        Stills(video, tmp_path / "grey.gif").run()
    with pytest.raises(ParameterError, match="columns"):
        Stills(video, tmp_path / "grey.png", columns=0).run()
    for path in (tmp_path / "no.mp4", Path(__file__)):
        with pytest.raises(OutputError, match="is no video"):
            Stills(path, tmp_path / "grey.png").run()
    assert not list(tmp_path.iterdir())
