"""An episode for each instruction, and what of it shows how it is fulfilled."""

from pathlib import Path

import numpy as np
import pytest
import recordings
from synthetic_frames import synthetic_frames

from lacelab.agents.data.exceptions import DatasetError
from lacelab.agents.data.instructions import by_instruction, fulfilled_instructions, pulled, since_last_retry, until
from lacelab.agents.data.schema import ACTION, FORMAT, TOKENS, unflatten
from lacelab.agents.data.writer import write_dataset
from lacelab.envs.language import encode


def test_a_new_instruction_says_that_the_one_before_has_succeeded() -> None:
    frames = synthetic_frames(episodes=3, length=6)
    tokens = frames.vectors[TOKENS]
    tokens[2:6, 0], tokens[9:11, 0], tokens[11:18, 0] = 1, 1, 2
    frames.reward[11] = 0.0
    before = frames.reward.copy()
    parts = by_instruction(frames)
    assert parts.starts.tolist() == [0, 2, 6, 9, 11, 12, 18]
    assert parts.success.tolist() == [True, True, True, True, False, True]
    assert parts.vectors is not frames.vectors and (frames.reward == before).all()
    assert (parts.stop[[0, 2, 8, 11, 12]] == [2, 6, 9, 12, 18]).all()
    assert by_instruction(parts).starts.tolist() == parts.starts.tolist()


def test_what_came_before_the_last_retry_is_left_out() -> None:
    frames = synthetic_frames(episodes=3, length=4)
    after = since_last_retry(frames, np.array([1, 2, 4, 12]))  # twice, at the very beginning, and after the end of all
    assert after.astype(int).tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    assert since_last_retry(frames, np.array([], np.int64)).all()


def test_what_a_policy_did_by_itself_is_not_shown_by_anybody(tmp_path: Path) -> None:
    alone, helped = recordings.make(1, length=6, success=True), recordings.make(3, length=5, success=True)
    manifest = {"format": FORMAT, "task": "LaceShoe", "difficulty": "standard"}
    for name, policy in (("demonstrated", None), ("helped", "shipped"), ("deployed", "shipped")):
        how = {"policy": policy, "deployment": name == "deployed"}
        write_dataset(tmp_path / name, [alone, helped], manifest | how)
    by_all, by_some = (fulfilled_instructions([tmp_path / name]) for name in ("demonstrated", "helped"))
    assert by_all.shown.astype(int).tolist() == [1] * 6 + [0, 0, 1, 1, 1] and not by_all.alone.any()
    assert by_some.shown.astype(int).tolist() == [0] * 6 + [0, 0, 1, 1, 1]  # whoever acts takes over at frame 2
    assert (by_some.recovering == by_some.shown).all()
    assert by_some.alone.astype(int).tolist() == [1] * 6 + [0] * 5
    deployed = fulfilled_instructions([tmp_path / "deployed"])
    assert (deployed.shown == by_some.shown).all() and not deployed.alone.any()


def test_what_comes_after_the_pull_may_be_left_out(tmp_path: Path) -> None:
    made = recordings.make(1, length=6, success=True)
    words = encode("thread the left lace through the second hole on the right")
    made.frames[TOKENS][:] = words
    through = unflatten(made.frames)["pulled_through"]  # a view
    through[:] = 0.2  # of any other lace and eyelet
    through[:, 0, 1, 1] = [0.0, 0.03, 0.069, 0.071, 0.1, 0.1]
    manifest = {"format": FORMAT, "task": "ThreadEyelet", "difficulty": "standard"}
    write_dataset(tmp_path / "one", [made], manifest)
    found = fulfilled_instructions([tmp_path / "one"], unlaid=[tmp_path / "one"])
    assert found.shown.astype(int).tolist() == [1] * 6 + [1, 1, 1, 0, 0, 0]
    assert not found.recovering.any() and not found.alone.any()
    assert pulled(found.arrays).astype(int).tolist() == [0, 0, 0, 1, 1, 1] * 2


def test_pushes_are_nothing_to_learn_from(tmp_path: Path) -> None:
    pushed, still = recordings.make(3, length=8, success=True), recordings.make(1, length=4, success=True)
    pushed.facts["pushed_frames"] = [1, 4, 5]  # before and after somebody started over at frame 2
    manifest = {"format": FORMAT, "task": "LaceShoe", "difficulty": "standard"}
    for name, policy in (("demonstrated", None), ("helped", "shipped")):
        write_dataset(tmp_path / name, [pushed, still], manifest | {"policy": policy})
    found, helped = (fulfilled_instructions([tmp_path / name]) for name in ("demonstrated", "helped"))
    assert found.shown.astype(int).tolist() == [0, 0, 1, 1, 0, 0, 1, 1] + [1] * 4
    assert helped.shown.astype(int).tolist() == [0, 0, 1, 1, 0, 0, 1, 1] + [0] * 4
    assert found.arrays.stop[[2, 3, 6, 7, 8]].tolist() == [4, 4, 8, 8, 12]  # chunks end where a push begins
    assert helped.arrays.stop.tolist() == found.arrays.stop.tolist()


def test_a_trajectory_ends_before_a_push() -> None:
    stop, pushed = np.array([5, 5, 5, 5, 5, 7, 7]), np.array([0, 0, 1, 1, 0, 0, 0], bool)
    assert until(stop, pushed).tolist() == [2, 2, 3, 5, 5, 7, 7]
    assert until(stop, np.zeros(7, bool)).tolist() == stop.tolist()


def test_fulfilled_instructions_of_several_datasets(tmp_path: Path) -> None:
    manifest = {"format": FORMAT, "task": "LaceShoe", "difficulty": "standard"}
    failed = recordings.make(1, length=6, success=False)  # never started over
    failed.frames[TOKENS][4:, 0] = 1  # but fulfilled its first instruction
    retried = recordings.make(3, length=5, success=True)  # started over at its frame 2
    write_dataset(tmp_path / "one", [failed], manifest)
    write_dataset(tmp_path / "two", [retried, failed], manifest)
    found, shown, recovering, _ = fulfilled_instructions([tmp_path / "one", tmp_path / "two"])
    assert found.starts.tolist() == [0, 4, 6, 11, 15, 17]
    assert shown.astype(int).tolist() == [1, 1, 1, 1, 0, 0] + [0, 0, 1, 1, 1] + [1, 1, 1, 1, 0, 0]
    assert recovering.nonzero()[0].tolist() == [8, 9, 10]  # where nobody started over, nothing leads back
    assert np.array_equal(found.vectors[ACTION][6:11], retried.frames[ACTION])
    assert found.stop[[0, 4, 6, 11]].tolist() == [6, 6, 11, 17]  # a chunk goes on when the next instruction is given
    with pytest.raises(DatasetError, match="No folder is named: demonstrations are needed here."):
        fulfilled_instructions([])
