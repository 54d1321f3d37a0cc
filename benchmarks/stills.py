"""Pictures of a video side by side, to look at an episode at a glance.

lacelab render --task LaceShoe --seed 2000 --deployment --out shoe.mp4
python -m lacelab.benchmarks.stills shoe.mp4 --out shoe.jpg
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from imageio_ffmpeg import count_frames_and_secs, get_ffmpeg_exe

from lacelab.envs.parameters import check_count

from .exceptions import OptionsError, OutputError
from .files import write_atomically
from .program import start

_ENCODERS = {".jpg": "mjpeg", ".png": "png"}


def stills(path: Path, count: int, columns: int, width: int, encoder: str = "png") -> bytes:
    """Return pictures of a video, evenly from the first to the last, row by row in one; what is left of the last row is black.

    Args:
        path: of the video.
        count: of pictures.
        columns: of them in a row.
        width: of each [pixels], even.
        encoder: of ffmpeg, for the picture.

    Raises:
        OutputError: it is no video.
    """
    try:
        length, _ = count_frames_and_secs(str(path))
    except (RuntimeError, OSError) as error:
        raise OutputError(f"'{path}' is no video.") from error
    chosen = np.unique(np.linspace(0, (length or 1) - 1, count).astype(int))
    select = "+".join(f"eq(n,{number})" for number in chosen)
    filters = f"select='{select}',scale={width}:-2,tile={columns}x{-(-len(chosen) // columns)}"
    target = ["-vf", filters, "-frames:v", "1", "-q:v", "4", "-c:v", encoder, "-f", "image2pipe", "-"]
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-i", str(path), *target]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode or not done.stdout:
        raise OutputError(f"'{path}' shows no pictures: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


@dataclass(frozen=True)
class Stills:
    """Put pictures of a video side by side."""

    video: Annotated[Path, tyro.conf.Positional]
    """Video to look at."""
    out: Path
    """Picture to write, .jpg or .png."""
    count: int = 12
    """Pictures, evenly from the first to the last."""
    columns: int = 4
    """Pictures in a row."""
    width: int = 320
    """Of each picture [pixels]."""

    def run(self) -> None:
        """Write the picture.

        Raises:
            OptionsError: a picture of another kind is asked for.
            ParameterError: a count is no count.
            OutputError: there is no video, or the picture cannot be written.
        """
        if self.out.suffix not in _ENCODERS:
            raise OptionsError(f"'{self.out}' ends in none of {', '.join(_ENCODERS)}.")
        for name, most in {"count": 100, "columns": 100, "width": 4000}.items():
            check_count(name, getattr(self, name), 1, most)
        picture = stills(self.video, self.count, self.columns, self.width // 2 * 2, _ENCODERS[self.out.suffix])
        write_atomically(self.out, picture)
        print(self.out)


if __name__ == "__main__":
    start(Stills)
