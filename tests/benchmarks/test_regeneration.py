"""A recording is compared with its episode bit for bit."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import recordings

from lacelab.agents.data.collect import Collection, collect
from lacelab.agents.data.schema import ACTION, FORMAT
from lacelab.agents.data.writer import write_dataset
from lacelab.benchmarks.demonstrations import read_episodes
from lacelab.benchmarks.regeneration import Regeneration, same
from lacelab.benchmarks.replay import Replay, replay


def test_one_bit_is_enough(tmp_path: Path) -> None:
    made = [recordings.make(seed) for seed in range(4)]
    write_dataset(tmp_path, made, {"format": FORMAT})
    rows = read_episodes(tmp_path)
    assert all(same(tmp_path, row, recording) for row, recording in zip(rows, made, strict=True))
    action = made[2].frames[ACTION].copy()
    action[3, 1] = np.nextafter(action[3, 1], np.float32(2))
    assert not same(tmp_path, rows[2], replace(made[2], frames=made[2].frames | {ACTION: action}))
    flaw = made[2].labels["flaw"].copy()
    flaw[0] = 7
    assert not same(tmp_path, rows[2], replace(made[2], labels=made[2].labels | {"flaw": flaw}))
    assert not same(tmp_path, rows[2], made[1])


@pytest.mark.slow
def test_episodes_are_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = tmp_path / "dataset", tmp_path / "again.json"
    far = Collection("PickLace", "easy", 2, seed=900_000, overrides=(("far_side", 1.0),))
    collect(far, root, versions={"lacelab": "test"}, workers=2)
    assert Regeneration(root, workers=1, out=out).run() == 0
    assert "2 of 2 episodes are the same, bit for bit\n" in capsys.readouterr().out
    assert json.loads(out.read_text())["different"] == []
    assert all(found.exact and found.same for found in replay(Replay(root), [0, 1]))
