"""Recordings survive the way between processes."""

import numpy as np
import pytest
import recordings

from lacelab.agents.data.exceptions import DatasetError
from lacelab.agents.data.recording import pack, unpack


def test_pack_and_unpack_are_inverse() -> None:
    recording = recordings.make(3, images=True)
    again = unpack(pack(recording), "here")
    for group in ("frames", "final", "labels"):
        before, after = getattr(recording, group), getattr(again, group)
        assert before.keys() == after.keys()
        assert all(np.array_equal(before[key], after[key]) and before[key].dtype == after[key].dtype for key in before)
    assert again.videos == recording.videos and again.facts == recording.facts and len(again) == len(recording)


def test_the_same_recording_gives_the_same_bytes() -> None:
    assert pack(recordings.make(1)) == pack(recordings.make(1)) != pack(recordings.make(2))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_torn_archives(share: float) -> None:
    content = pack(recordings.make(0))
    with pytest.raises(DatasetError, match="'episode 4' is torn .* the same command records it again"):
        unpack(content[: int(share * len(content))], "episode 4")
