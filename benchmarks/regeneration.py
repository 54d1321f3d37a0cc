"""Demonstrate some episodes of a dataset again from their seeds; every bit must be the same.

python -m lacelab.benchmarks.regeneration DATASET --out benchmarks/results/demonstrations-regenerated.json
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import tyro

from lacelab.agents.data import layout
from lacelab.agents.data.collect import record_packed
from lacelab.agents.data.files import read_json
from lacelab.agents.data.record import DemonstrationSpec
from lacelab.agents.data.recording import Recording, unpack
from lacelab.agents.data.tables import frame_table, label_table, read_table
from lacelab.agents.demonstrator.intervention import STALLED

from .demonstrations import read_episodes
from .files import write_json
from .program import start
from .versions import git_commit, versions


@dataclass(frozen=True)
class Regeneration:
    """Record episodes again and compare frames and labels; exit code 1 if one differs."""

    root: tyro.conf.Positional[Path]
    """Folder of the dataset."""
    episodes: int = 20
    """Number of episodes."""
    seed: int = 0
    """Which ones."""
    workers: int = 2
    """Number of processes."""
    out: Path | None = None
    """File for what was found as JSON."""

    def run(self) -> int:
        """Record, compare, print and write."""
        rows = read_episodes(self.root)
        generator = np.random.default_rng(self.seed)
        chosen = sorted(generator.choice(len(rows), min(self.episodes, len(rows)), replace=False).tolist())
        manifest = read_json(self.root / layout.MANIFEST)
        specs = [_spec(manifest, rows[number]) for number in chosen]
        with ProcessPoolExecutor(self.workers, get_context("spawn")) as pool:
            again = list(pool.map(record_packed, specs))
        recordings = [unpack(content, f"episode {number}") for number, content in zip(chosen, again, strict=True)]
        other = [n for n, new in zip(chosen, recordings, strict=True) if not same(self.root, rows[n], new)]
        print(
            f"{len(chosen) - len(other)} of {len(chosen)} episodes are the same, bit for bit"
            + f"; not {other}" * bool(other)
        )
        if self.out is not None:
            found = {"episodes": chosen, "different": other, "collected_with": manifest["versions"]}
            write_json(self.out, found | {"versions": versions(), "commit": git_commit()})
        return int(bool(other))


def same(root: Path, row: dict[str, Any], recording: Recording) -> bool:
    """Tell whether a recording has the frames and labels of an episode of a dataset."""
    number, start = row["episode_index"], row["dataset_from_index"]
    order = read_table(root / layout.TASKS).to_pydict()
    tasks = dict(zip(order["__index_level_0__"], order["task_index"], strict=True))
    if not set(recording.frames["task"].tolist()) <= set(tasks):
        return False
    pairs = (
        (layout.DATA, frame_table(recording, number, start, tasks)),
        (layout.LABELS, label_table(recording, number, start)),
    )
    return all(_part(root, pattern, row).equals(table) for pattern, table in pairs)


def _part(root: Path, pattern: str, row: dict[str, Any]) -> pa.Table:
    """Return the rows of one episode of its file."""
    name = pattern.format(chunk_index=row["data/chunk_index"], file_index=row["data/file_index"])
    table = read_table(root / name)
    return table.slice(row["dataset_from_index"] - table.column("index")[0].as_py(), row["length"]).combine_chunks()


def _spec(manifest: dict[str, Any], row: dict[str, Any]) -> DemonstrationSpec:
    overrides = tuple(manifest.get("overrides", {}).items())
    names = {"operator": manifest["operator"], "policy": manifest.get("policy"), "overrides": overrides}
    deployment, stalled = manifest.get("deployment", False), manifest.get("stalled", STALLED)
    return DemonstrationSpec(
        manifest["task"], manifest["difficulty"], row["seed"], deployment=deployment, stalled=stalled, **names
    )


if __name__ == "__main__":
    start(Regeneration)
