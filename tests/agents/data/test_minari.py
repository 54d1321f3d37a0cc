"""Minari's layout, from the states of a dataset."""

import json
import sys
from pathlib import Path
from typing import Any

import gymnasium
import h5py
import numpy as np
import pytest

from lacelab.agents.data.exceptions import DatasetError, MissingExtraError
from lacelab.agents.data.minari import convert_to_minari
from lacelab.agents.data.recording import Recording
from lacelab.agents.data.schema import ACTION, unflatten
from lacelab.envs.observation import observation_space


def test_episodes_hold_one_observation_more_than_actions(root: Path, episodes: list[Recording], tmp_path: Path) -> None:
    out = convert_to_minari(root, tmp_path / "lacelab" / "thread-v0")
    with h5py.File(out / "data" / "main_data.hdf5") as file:
        assert len(file) == len(episodes)
        for number, recording in enumerate(episodes):
            group: Any = file[f"episode_{number}"]
            assert np.array_equal(group["actions"], recording.frames[ACTION])
            wanted, last = unflatten(recording.frames), unflatten(recording.final)
            assert set(group["observations"]) == set(observation_space("state"))
            for key, values in group["observations"].items():
                assert np.array_equal(values[:-1], wanted[key]) and np.array_equal(values[-1], last[key])
            ends = group["terminations"][-1], group["truncations"][-1]
            assert ends == (recording.facts["success"], not recording.facts["success"])
            assert group.attrs["total_steps"] == len(recording) and group.attrs["seed"] == recording.facts["seed"]


def test_metadata(root: Path, episodes: list[Recording], tmp_path: Path) -> None:
    out = convert_to_minari(root, tmp_path / "thread-v0")
    content = json.loads((out / "data" / "metadata.json").read_text())
    assert content["dataset_id"] == "thread-v0" and content["total_episodes"] == len(episodes)
    assert content["total_steps"] == sum(len(recording) for recording in episodes)
    spec = gymnasium.envs.registration.EnvSpec.from_json(content["env_spec"])
    assert spec.id == "lacelab/ThreadEyelet-v0" and spec.kwargs["difficulty"] == "standard"
    assert json.loads(content["action_space"])["shape"] == [14]


def test_nothing_is_overwritten(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out" / "data").mkdir(parents=True)
    with pytest.raises(DatasetError, match=r"data' exists. Choose another --out."):
        convert_to_minari(root, tmp_path / "out")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match="Converting to Minari needs h5py"):
        convert_to_minari(root, tmp_path / "other")
