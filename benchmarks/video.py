"""Film one episode."""

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol, Self, runtime_checkable

import numpy as np
from imageio_ffmpeg import count_frames_and_secs, get_ffmpeg_exe

from lacelab.envs.spec import CONTROL_PERIOD

from .episode import EpisodeSpec, iterate_episode
from .exceptions import OutputError
from .files import replacing
from .policies import make_policy
from .worlds import world_factory

_CODEC = "-c:v libx264 -pix_fmt yuv420p -crf 23 -movflags +faststart"  # plays in every browser


@runtime_checkable
class Drafting(Protocol):
    """A world that can render coarser pictures in less time."""

    def draft(self) -> None:
        """Do so from now on."""
        ...


def film_episode(
    spec: EpisodeSpec, path: Path, on_frame: Callable[[], None] = lambda: None, draft_stride: int = 0
) -> bool:
    """Run an episode and write it as MP4 (H.264) in real time.

    Args:
        spec: the episode.
        path: file to write.
        on_frame: called after each picture.
        draft_stride: ticks from picture to picture of a quick draft; 0 for a fine picture of every tick.

    Returns:
        Whether the episode succeeded.

    Raises:
        RenderingError: no OpenGL backend works.
        OutputError: the file cannot be written.
    """
    env = world_factory(spec.world)(spec, "rgb_array")
    success, stride = False, draft_stride or 1
    with contextlib.closing(env), replacing(path) as temporary, VideoWriter(temporary, stride) as video:
        if draft_stride and isinstance(env.unwrapped, Drafting):
            env.unwrapped.draft()
        policy = make_policy(spec.policy, env)
        for tick, info in enumerate(iterate_episode(spec, env, policy)):
            success = bool(info["is_success"])
            if tick % stride == 0:
                video.append(np.asarray(env.render()))
                on_frame()
    return success


def poster(path: Path) -> bytes:
    """Return the middle picture of a video as JPEG, 480 pixels wide.

    Raises:
        OutputError: it is no video.
    """
    source = f"-loglevel error -sseof -{max(_length(path) / 2, 0.05):.2f} -i".split()
    target = ["-frames:v", "1", "-vf", "scale=480:-2", "-q:v", "5", "-f", "mjpeg", "-"]
    done = subprocess.run([get_ffmpeg_exe(), *source, str(path), *target], capture_output=True, check=False)
    if done.returncode or not done.stdout:
        raise OutputError(f"'{path}' shows no picture: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _length(path: Path) -> float:
    """Return how long a video lasts [s]."""
    try:
        _, seconds = count_frames_and_secs(str(path))
    except RuntimeError as error:
        raise OutputError(f"'{path}' is no video.") from error
    return seconds or 0.0


class VideoWriter:
    """Encode pictures of one size, one in `stride` ticks, with the ffmpeg that comes with imageio."""

    def __init__(self, path: Path, stride: int = 1) -> None:
        self._path, self._rate = path, 1 / (CONTROL_PERIOD * stride)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin to write."""
        return self

    def __exit__(self, *error: object) -> None:
        """Finish the file."""
        if self._process is None:
            return
        _, message = self._process.communicate()
        if self._process.returncode:
            raise OutputError(f"Cannot write '{self._path}': {message.decode(errors='replace').strip()}")

    def append(self, picture: np.ndarray) -> None:
        """Add a picture.

        Args:
            picture: uint8 of shape `(height, width, 3)`, both even.
        """
        with contextlib.suppress(BrokenPipeError):  # What went wrong is known at the end.
            self._stream(picture).write(picture.tobytes())

    def _stream(self, picture: np.ndarray) -> IO[bytes]:
        if self._process is None:
            height, width, _ = picture.shape
            source = f"-f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {self._rate:g} -i -"
            command = [get_ffmpeg_exe(), "-y", "-loglevel", "error", *source.split(), *_CODEC.split(), str(self._path)]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self._process.stdin is not None
        return self._process.stdin
