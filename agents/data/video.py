"""Pictures of one camera as an MP4 that keeps thin laces: H.264 at crf 18 without chroma subsampling."""

import io
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .exceptions import MissingExtraError
from .schema import FPS

_OPTIONS = {"crf": "18", "preset": "medium", "g": "10", "threads": "1"}  # one thread: the same bytes on every machine


class VideoEncoder:
    """Encodes as pictures come."""

    def __init__(self) -> None:
        self._av = _load_av()
        self._stream = io.BytesIO()
        self._container: Any = self._av.open(self._stream, "w", format="mp4")
        self._track: Any = None
        self._sum, self._squares = np.zeros(3), np.zeros(3)
        self._low, self._high = np.full(3, 255), np.zeros(3, int)
        self._count = 0

    def append(self, picture: NDArray[np.uint8]) -> None:
        """Add a picture (height, width, 3)."""
        if self._track is None:
            self._track = self._container.add_stream("libx264", rate=FPS, options=_OPTIONS)
            self._track.height, self._track.width = picture.shape[:2]
            self._track.pix_fmt = "yuv444p"
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        for packet in self._track.encode(frame):
            self._container.mux(packet)
        self._count_in(picture)

    def finish(self) -> bytes:
        """Return the video."""
        if self._track is not None:
            for packet in self._track.encode():
                self._container.mux(packet)
        self._container.close()
        return self._stream.getvalue()

    def statistics(self) -> dict[str, list[float]]:
        """Return sums over all pixels of the pictures as they were before encoding, per channel in [0, 1]."""
        return {
            "min": (self._low / 255).tolist(),
            "max": (self._high / 255).tolist(),
            "sum": self._sum.tolist(),
            "squares": self._squares.tolist(),
            "pixels": [float(self._count)],
        }

    def _count_in(self, picture: NDArray[np.uint8]) -> None:
        pixels = picture.reshape(-1, 3)
        scaled = pixels.astype(np.float64) / 255
        self._sum += scaled.sum(axis=0)
        self._squares += (scaled * scaled).sum(axis=0)
        self._low = np.minimum(self._low, pixels.min(axis=0))
        self._high = np.maximum(self._high, pixels.max(axis=0))
        self._count += len(pixels)


def decode(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Yield the pictures (height, width, 3) of a video."""
    with _load_av().open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def _load_av() -> ModuleType:
    try:
        import av
    except ModuleNotFoundError as error:
        raise MissingExtraError("Videos need PyAV: pip install 'lacelab[data]'.") from error
    return av
