"""Demonstrations are recorded as they happened, the same bits for the same seed."""

import numpy as np
import pytest

from lacelab.agents.data.record import SEED_BASE, DemonstrationSpec, episode_seed, make_env, record
from lacelab.agents.data.recording import Recording, pack
from lacelab.agents.data.schema import ACTION, IMAGES, SCENE, STATE, TOKENS, WIDTHS, flatten
from lacelab.agents.demonstrator.flaws import Flaw

SPEC = DemonstrationSpec("PickLace", "easy", SEED_BASE + 900_000, "fast-sloppy")


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record(SPEC)


def test_the_same_seed_gives_the_same_bytes_whatever_ran_before(recording: Recording) -> None:
    record(DemonstrationSpec("PickLace", "easy", SEED_BASE + 900_001))
    assert pack(record(SPEC)) == pack(recording)


def test_frames_are_observation_and_action_of_the_same_tick(recording: Recording) -> None:
    env = make_env(SPEC.task, SPEC.difficulty, False)
    observation, _ = env.reset(seed=SPEC.seed)
    terminated = False
    for frame in range(len(recording)):
        flat = flatten(observation)
        assert all(np.array_equal(recording.frames[name][frame], flat[name]) for name in (STATE, SCENE, TOKENS))
        observation, reward, terminated, *_ = env.step(recording.frames[ACTION][frame])
        assert recording.frames["next.reward"][frame] == np.float32(reward)
    assert all(np.array_equal(recording.final[name], value) for name, value in flatten(observation).items())
    assert terminated == recording.facts["success"]


def test_everything_is_there(recording: Recording) -> None:
    frames, count = recording.frames, len(recording)
    for name in (STATE, SCENE, ACTION):
        assert frames[name].shape == (count, WIDTHS[name]) and frames[name].dtype == np.float32
    assert np.abs(frames[ACTION]).max() <= 1.0
    assert frames["next.done"].tolist() == [False] * (count - 1) + [True]
    assert all(len(values) == count for values in recording.labels.values())
    assert set(recording.labels["flaw"]) <= {int(flaw) for flaw in Flaw}
    facts = recording.facts
    assert facts["operator"] == "fast-sloppy" and facts["seed"] == SPEC.seed and facts["instruction"]
    assert facts["duration"] == pytest.approx(count / 20)
    assert (facts["outcome"] == "success") == facts["success"] == (frames["next.reward"].sum() == 1)
    assert len(facts["retry_frames"]) == len(facts["retry_phases"])
    assert all(0 < frame <= count for frame in facts["retry_frames"])


def test_seeds_of_runs_do_not_overlap_with_each_other_or_with_evaluations() -> None:
    assert episode_seed(0, 0) == SEED_BASE > 10_000_000
    assert episode_seed(0, 999_999) < episode_seed(1, 0)


@pytest.mark.slow
def test_cameras_are_filmed() -> None:
    found = record(DemonstrationSpec("PickLace", "easy", SPEC.seed, "fast-sloppy", images=True))
    assert set(found.videos) == set(IMAGES.values())
    assert all(video[4:8] == b"ftyp" for video in found.videos.values())
    brightness = [
        np.array(found.facts["image_stats"][key]["sum"]) / found.facts["image_stats"][key]["pixels"]
        for key in found.videos
    ]
    assert all((0.05 < mean).all() and (mean < 0.95).all() for mean in brightness)
