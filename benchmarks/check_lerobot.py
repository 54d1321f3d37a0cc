"""Read a dataset with LeRobot's own loader and compare; runs in an environment of its own, imports nothing of lacelab.

    python3 -m venv DIR && DIR/bin/pip install torch==2.13.0 lerobot-dataset==0.4.4 torchcodec==0.13.0 lerobot-doctor
    HF_HUB_OFFLINE=1 DIR/bin/python benchmarks/check_lerobot.py DATASET [REPORT.json]
    DIR/bin/lerobot-doctor check DATASET

torchvision is stubbed where it is not installed: the loader needs of it only `ToTensor`.
"""

import importlib.machinery
import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

_TOLERANCE = 1e-4  # relative, of statistics: ours are taken in double precision
_PICTURE_TOLERANCE = 0.02  # of a camera's mean: statistics are taken before the video is compressed


def main(root: Path, report: Path | None) -> int:
    """Read everything, print what was found, return 1 if something disagrees."""
    folder = Path(__file__).resolve().parent  # holds a statistics.py that is not the library's
    sys.path[:] = [path for path in sys.path if Path(path).resolve() != folder]
    if importlib.util.find_spec("torchvision") is None:
        _stub_torchvision()
    from ledataset.datasets.lerobot_dataset import LeRobotDataset  # pyright: ignore[reportMissingImports]

    dataset = LeRobotDataset("lacelab/demonstrations", root=root)
    problems = [*_check_episodes(dataset), *_check_statistics(dataset)]
    videos = _check_videos(dataset, problems)
    found = {
        "loader": "lerobot-dataset 0.4.4",
        "episodes": dataset.num_episodes,
        "frames": dataset.num_frames,
        "features": len(dataset.features),
        "videos": videos,
        "problems": problems,
    }
    print(json.dumps(found, indent=2))
    if report is not None:
        report.write_text(json.dumps(found, indent=2) + "\n")
    return int(bool(problems))


def _check_episodes(dataset: Any) -> list[str]:
    """Compare the first and last frame of every episode with the episode's metadata."""
    problems = []
    rows = dataset.hf_dataset.with_format("numpy")
    for number in range(dataset.num_episodes):
        episode = dataset.meta.episodes[number]
        start, stop = episode["dataset_from_index"], episode["dataset_to_index"]
        first, last = rows[start], rows[stop - 1]
        tasks = dataset.meta.tasks.iloc[int(first["task_index"])].name
        wrong = {
            "its number": first["episode_index"] != number or last["episode_index"] != number,
            "its length": last["frame_index"] != episode["length"] - 1,
            "its end": not last["next.done"],
            "its task": tasks not in episode["tasks"],
            "its success": bool(last["next.reward"] > 0) != episode["success"],
        }
        problems += [f"episode {number}: {name} disagrees" for name, bad in wrong.items() if bad]
    return problems


def _check_statistics(dataset: Any) -> list[str]:
    """Compare the stored statistics with those of what the loader returns."""
    problems = []
    table = dataset.hf_dataset.with_format("arrow")[:]
    for name, feature in dataset.features.items():
        if feature["dtype"] == "video":
            continue
        values = _flat(table.column(name)).astype(np.float64).reshape(dataset.num_frames, -1)
        stored = dataset.meta.stats[name]
        for key in ("min", "max", "mean", "std"):
            found = getattr(np, key)(values, axis=0)
            if not np.allclose(found, np.ravel(stored[key]), _TOLERANCE, 1e-6):
                problems.append(f"{name}: {key} disagrees")
    return problems


def _flat(column: Any) -> Any:
    """Return the numbers of an Arrow column, those of lists one after the other."""
    while hasattr(column.type, "value_type"):
        column = column.combine_chunks().flatten()
    return np.array(column)


def _check_videos(dataset: Any, problems: list[str]) -> dict[str, Any]:
    """Decode the middle frame of every episode through the loader; compare the mean with the statistics."""
    keys = dataset.meta.video_keys
    if not keys:
        return {"decoded": 0}
    means: dict[str, list[float]] = {key: [] for key in keys}
    try:
        for number in range(dataset.num_episodes):
            episode = dataset.meta.episodes[number]
            item = dataset[(episode["dataset_from_index"] + episode["dataset_to_index"]) // 2]
            for key in keys:
                means[key].append(float(item[key].mean()))
    except (RuntimeError, OSError, ImportError) as error:
        return {"decoded": 0, "why": str(error).strip().splitlines()[0]}
    for key, values in means.items():
        if abs(np.mean(values) - np.mean(dataset.meta.stats[key]["mean"])) > 5 * _PICTURE_TOLERANCE:
            problems.append(f"{key}: mean disagrees")
    return {"decoded": len(keys) * dataset.num_episodes}


class _ToTensor:
    """What `torchvision.transforms.ToTensor` does."""

    def __call__(self, picture: Any) -> Any:
        """Return a picture as floats, channels first."""
        import torch

        return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255


def _stub_torchvision() -> None:
    """Put modules in place that let the loader import; its augmentations cannot be used."""
    import torch

    nothing = types.SimpleNamespace()
    entries: dict[str, dict[str, Any]] = {
        "torchvision": {},
        "torchvision.io": {"VideoReader": type("VideoReader", (), {})},
        "torchvision.transforms": {"ToTensor": _ToTensor},
        "torchvision.transforms.v2": {"Transform": torch.nn.Module, "functional": nothing},
        "torchvision.transforms.v2.functional": {},
    }
    for name, members in entries.items():
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__path__ = []
        vars(module).update(members)
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if parent:
            vars(sys.modules[parent])[child] = module


if __name__ == "__main__":
    arguments = [Path(argument) for argument in sys.argv[1:3]]
    sys.exit(main(arguments[0], arguments[1] if len(arguments) > 1 else None))
