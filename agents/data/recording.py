"""One demonstration in memory, recorded from an environment; packed into bytes to travel between processes."""

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .exceptions import DatasetError

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Recording:
    """A demonstration.

    Attributes:
        frames: what the learner may see, per frame: the vector features, reward and end.
        final: vector features of the observation after the last action.
        labels: the truth, per frame: flaw, phase, progress; for evaluation only.
        videos: MP4 of each camera.
        facts: what is known of the whole episode, plain JSON values.
    """

    frames: Arrays
    final: Arrays
    labels: Arrays
    videos: dict[str, bytes]
    facts: dict[str, Any]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.frames["action"])


def pack(recording: Recording) -> bytes:
    """Return a recording as the bytes of an archive; the same recording gives the same bytes."""
    arrays = {f"{group}/{name}": value for group in _GROUPS for name, value in getattr(recording, group).items()}
    arrays |= {f"videos/{name}": np.frombuffer(video, np.uint8) for name, video in recording.videos.items()}
    facts = json.dumps(recording.facts, allow_nan=False).encode()
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, facts=np.frombuffer(facts, np.uint8), **arrays)
    return stream.getvalue()


def unpack(content: bytes, where: str) -> Recording:
    """Return the recording of an archive.

    Args:
        content: what `pack` made.
        where: named in the error.

    Raises:
        DatasetError: the archive is torn.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise DatasetError(f"'{where}' is torn ({error}). Delete it; the same command records it again.") from error
    groups: dict[str, Any] = {group: {} for group in (*_GROUPS, "videos")}
    for name, value in arrays.items():
        group, _, entry = name.partition("/")
        if group == "videos":
            groups["videos"][entry] = value.tobytes()
        elif entry:
            groups[group][entry] = value
    return Recording(facts=json.loads(arrays["facts"].tobytes()), **groups)


_GROUPS = ("frames", "final", "labels")
