"""Shares of datasets against literal numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import recordings

from lacelab.agents.data.exceptions import DatasetError
from lacelab.agents.data.recording import Recording
from lacelab.agents.data.schema import FORMAT
from lacelab.agents.data.writer import write_dataset
from lacelab.agents.demonstrator.flaws import POLICY, Flaw
from lacelab.benchmarks.demonstrations import (
    as_json,
    flaw_counts,
    outcome_counts,
    read_episodes,
    read_labels,
    shares,
)


def _recording(seed: int, success: bool, flaws: list[Flaw]) -> Recording:
    """Return ten frames that begin with some flaws; odd seeds are practised."""
    recording = recordings.make(seed, length=10, success=success)
    flaw = np.array([*flaws, *[Flaw.NONE] * (10 - len(flaws))], np.int8)
    return replace(recording, labels=recording.labels | {"flaw": flaw})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = [
        _recording(0, True, []),
        _recording(1, True, [Flaw.HESITATION] * 3),
        _recording(2, False, [Flaw.MISS] * 5 + [Flaw.DROP]),
        _recording(4, True, [Flaw.DETOUR]),
    ]
    write_dataset(tmp_path, made, {"format": FORMAT})
    return tmp_path


def test_shares_of_operators_and_all(root: Path) -> None:
    novice, practised, everyone = shares(root)
    assert (novice.name, practised.name, everyone.name) == ("novice", "practised", "all")
    assert (novice.success.successes, novice.success.trials) == (2, 3)
    assert (novice.mistake.successes, practised.mistake.successes) == (2, 0)  # A hesitation is no mistake,
    assert practised.flawed.rate == pytest.approx(0.3)  # but it is a flaw.
    assert everyone.flawed.rate == pytest.approx(10 / 40) and everyone.seconds == pytest.approx(0.5)
    assert everyone.flawed.low < 0.25 < everyone.flawed.high


def test_counts(root: Path) -> None:
    counts = flaw_counts(read_labels(root))
    assert counts["miss"] == 5 and counts["drop"] == 1 and counts["none"] == 30 and counts["failed handover"] == 0
    assert outcome_counts(read_episodes(root)) == {"success": 3, "gave up": 1}


def test_labels_of_one_episode(root: Path) -> None:
    labels = read_labels(root).of_episode(2)
    assert labels.flaw.tolist() == [3] * 5 + [6] + [0] * 4 and labels.progress[-1] == 1.0


def _after_a_policy(recording: Recording, frames: int) -> Recording:
    """Return the recording with a policy acting in its first frames."""
    phase = np.array([*[POLICY] * frames, *["reach"] * (10 - frames)])
    return replace(recording, labels=recording.labels | {"phase": phase})


def test_frames_of_a_policy_are_neither_flawed_nor_flawless(tmp_path: Path) -> None:
    helped = _after_a_policy(_recording(0, True, [Flaw.NONE] * 4 + [Flaw.MISS] * 3), 4)
    write_dataset(tmp_path, [helped, _after_a_policy(_recording(1, True, []), 10)], {"format": FORMAT})
    novice, practised, everyone = shares(tmp_path)
    assert (novice.by_policy, practised.by_policy, everyone.by_policy) == pytest.approx((0.4, 1.0, 0.7))
    assert novice.flawed.rate == everyone.flawed.rate == pytest.approx(0.5)
    assert practised.flawed == (0.0, 0.0, 1.0)
    counts = flaw_counts(read_labels(tmp_path))
    assert {name: count for name, count in counts.items() if count} == {"none": 3, "miss": 3, "by a policy": 14}
    content = as_json([practised, everyone])
    assert content["all"]["frames_by_policy"] == pytest.approx(0.7)
    assert content["all"]["taken_over"]["count"] == 1 and content["all"]["taken_over"]["rate"] == 0.5
    assert content["all"]["solved_of_those_taken_over"]["rate"] == 1.0
    assert content["practised"]["solved_of_those_taken_over"] is None


def test_json(root: Path) -> None:
    content = as_json(shares(root))
    assert content["all"]["success"]["count"] == 3 and content["all"]["success"]["wilson"][0] < 0.75
    assert content["novice"]["flawed_frames"]["rate"] == pytest.approx(7 / 30)
    assert content["all"]["taken_over"]["count"] == 0  # nobody, where no policy acts


def test_unfinished_datasets(tmp_path: Path) -> None:
    for read in (read_episodes, read_labels, shares):
        with pytest.raises(DatasetError, match="Is this a dataset?"):
            read(tmp_path)
