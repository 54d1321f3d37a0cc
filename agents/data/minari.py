"""Write a dataset in the layout of Minari 0.5: main_data.hdf5 and metadata.json, without installing Minari."""

import copy
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import gymnasium
import numpy as np

from lacelab.envs.observation import observation_space
from lacelab.envs.registry import environment_id, register
from lacelab.envs.spec import ACTION_SIZE

from . import layout
from .arrays import open_arrays
from .exceptions import DatasetError, MissingExtraError
from .files import read_json, write_json
from .schema import ACTION, SCENE, STATE, TOKENS, unflatten
from .tables import column_values, read_table

MINARI_VERSION = "0.5.3"  # whose layout this is


def convert_to_minari(root: Path, out: Path) -> Path:
    """Write `out`/data/main_data.hdf5 and metadata.json from the states of a dataset.

    Args:
        root: dataset.
        out: folder of the new dataset; below `$MINARI_DATASETS_PATH` it loads as `minari.load_dataset(<its path>)`.

    Returns:
        The folder that was written.

    Raises:
        DatasetError: the folder holds something, or the dataset is not whole.
        MissingExtraError: h5py is not installed.
    """
    h5py = _load_h5py()
    folder = out / "data"
    if folder.exists():
        raise DatasetError(f"'{folder}' exists. Choose another --out.")
    arrays, episodes = open_arrays(root), read_table(root / layout.EPISODES).to_pylist()
    final = read_table(root / layout.FINAL)
    last = {name: column_values(final, name) for name in (STATE, SCENE, TOKENS)}
    folder.mkdir(parents=True)
    with h5py.File(folder / "main_data.hdf5", "w") as file:
        for number, row in enumerate(episodes):
            part = slice(arrays.starts[number], arrays.starts[number + 1])
            features = {name: np.vstack([arrays.vectors[name][part], last[name][number]]) for name in last}
            features[TOKENS] = features[TOKENS].astype(np.int64)
            group = file.create_group(f"episode_{number}", track_order=True)
            actions = np.asarray(arrays.vectors[ACTION][part])
            _write_episode(group, unflatten(features), actions, arrays.reward[part], row)
            group.attrs["options"] = json.dumps(_options(root))
    write_json(folder / "metadata.json", _metadata(root, out, episodes))
    return out


def _write_episode(group: Any, observation: dict[str, Any], actions: Any, rewards: Any, row: dict[str, Any]) -> None:
    for name, values in observation.items():
        group.create_dataset(f"observations/{name}", data=values, compression="gzip")
    count = len(actions)
    ended = np.zeros((2, count), bool)
    ended[0 if row["success"] else 1, -1] = True
    group.create_dataset("actions", data=actions, compression="gzip")
    group.create_dataset("rewards", data=rewards.astype(np.float64))
    group.create_dataset("terminations", data=ended[0])
    group.create_dataset("truncations", data=ended[1])
    group.attrs.update({"id": row["episode_index"], "total_steps": count, "seed": row["seed"]})


def _options(root: Path) -> dict[str, Any]:
    """Return the options of every reset."""
    overrides = read_json(root / layout.MANIFEST).get("overrides")
    return {"overrides": overrides} if overrides else {}


def _metadata(root: Path, out: Path, episodes: list[dict[str, Any]]) -> dict[str, Any]:
    manifest = read_json(root / layout.MANIFEST)
    register()
    env_spec = copy.deepcopy(gymnasium.spec(environment_id(manifest["task"])))
    env_spec.kwargs["difficulty"] = manifest["difficulty"]
    space = {name: _box(part) for name, part in observation_space("state").items()}
    return {
        "dataset_id": out.name,
        "total_episodes": len(episodes),
        "total_steps": sum(row["length"] for row in episodes),
        "data_format": "hdf5",
        "env_spec": env_spec.to_json(),
        "observation_space": json.dumps({"type": "Dict", "subspaces": space}),
        "action_space": json.dumps(
            {"type": "Box", "dtype": "float32", "shape": [ACTION_SIZE]}
            | {"low": [-1.0] * ACTION_SIZE, "high": [1.0] * ACTION_SIZE}
        ),
        "algorithm_name": "simulated teleoperators" + " and a policy" * bool(manifest.get("policy")),
        "minari_version": MINARI_VERSION,
        "requirements": ["lacelab"],
    }


def _box(space: Any) -> dict[str, Any]:
    bounds = {"low": space.low.tolist(), "high": space.high.tolist()}
    return {"type": "Box", "dtype": str(space.dtype), "shape": list(space.shape)} | bounds


def _load_h5py() -> ModuleType:
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise MissingExtraError("Converting to Minari needs h5py: pip install 'lacelab[data]'.") from error
    return h5py
