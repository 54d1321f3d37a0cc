"""Collect demonstrations: in parallel, resumable, the same bytes however often it was interrupted.

Each finished episode lands whole in a staging folder; when all are there, the dataset is written from them, checksums
last, and the staging folder goes. A killed run loses the episodes that were running.
"""

import functools
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lacelab.envs.exceptions import UnknownNameError

from ..demonstrator.operators import OPERATORS
from . import layout
from .exceptions import DatasetError, MissingExtraError
from .files import CHECKSUMS, read_json, write_atomically, write_json
from .record import DemonstrationSpec, episode_seed, record
from .recording import Recording, pack, unpack
from .schema import FORMAT
from .writer import write_dataset

ENGINES = ("local", "ray")
Jobs = Sequence[tuple[int, DemonstrationSpec]]


@dataclass(frozen=True)
class Collection:
    """Which demonstrations to collect; with the versions it fixes every byte."""

    task: str = "ThreadEyelet"
    difficulty: str = "standard"
    episodes: int = 600
    seed: int = 0
    operator: str | None = None
    images: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be collected, before anything runs."""
        if self.episodes < 1 or self.seed < 0:
            raise DatasetError(
                f"Cannot collect {self.episodes} episodes from seed {self.seed}: valid are >= 1 and >= 0."
            )
        self.spec(0)

    def spec(self, episode: int) -> DemonstrationSpec:
        """Return the demonstration of an episode."""
        seed = episode_seed(self.seed, episode)
        return DemonstrationSpec(self.task, self.difficulty, seed, self.operator, self.images)

    def manifest(self, versions: dict[str, Any]) -> dict[str, Any]:
        """Return everything that the dataset depends on."""
        operators = {name: asdict(operator) for name, operator in OPERATORS.items()}
        return {"format": FORMAT, **asdict(self), "versions": versions, "operators": operators}


def collect(
    collection: Collection,
    root: Path,
    *,
    versions: dict[str, Any],
    workers: int,
    engine: str = "local",
    on_episode: Callable[[dict[str, Any]], None] = lambda facts: None,
) -> None:
    """Collect a dataset, or what is missing of it.

    Args:
        collection: what to collect.
        root: folder of the dataset.
        versions: of the software, written beside the data; a run is only continued with the same.
        workers: number of processes.
        engine: `local`, or `ray` for the machines of a Ray cluster.
        on_episode: called with the facts of each episode, first with those of an earlier run.

    Raises:
        DatasetError: the folder holds something else.
        MissingExtraError: the engine is not installed.
    """
    run = _runner(engine)
    staging = root / layout.STAGING
    if _begin(root, collection.manifest(versions)):
        todo = []
        for episode in range(collection.episodes):
            if (path := _staged(staging, episode)).exists():
                on_episode(_load(path).facts)
            else:
                todo.append((episode, collection.spec(episode)))
        for episode, content in run(todo, workers):
            write_atomically(_staged(staging, episode), content)
            on_episode(unpack(content, f"episode {episode}").facts)
        recordings = [_load(_staged(staging, episode)) for episode in range(collection.episodes)]
        write_dataset(root, recordings, collection.manifest(versions))
    shutil.rmtree(staging, ignore_errors=True)


def _begin(root: Path, manifest: dict[str, Any]) -> bool:
    """Prepare the folder; return whether something is left to do.

    Raises:
        DatasetError: the folder belongs to another collection.
    """
    whole = (root / CHECKSUMS).exists()
    path = root / (layout.MANIFEST if whole else f"{layout.STAGING}/manifest.json")
    if path.exists():
        _compare(root, read_json(path), manifest)
    elif root.exists() and any(root.iterdir()):
        raise DatasetError(f"'{root}' holds something else. Choose another --out.")
    else:
        write_json(path, manifest)
    return not whole


def _compare(root: Path, earlier: dict[str, Any], manifest: dict[str, Any]) -> None:
    for name, value in manifest.items():
        if earlier.get(name) != value:
            raise DatasetError(
                f"'{root}' was collected with {name} = {earlier.get(name)}, this run has {value}. Choose another --out."
            )


def _staged(staging: Path, episode: int) -> Path:
    return staging / f"episode-{episode:06d}.npz"


def _load(path: Path) -> Recording:
    return unpack(path.read_bytes(), str(path))


def record_packed(spec: DemonstrationSpec) -> bytes:
    """Return a demonstration as bytes: what a worker does."""
    return pack(record(spec))


def _runner(engine: str) -> Callable[[Jobs, int], Iterator[tuple[int, bytes]]]:
    if engine == "local":
        return _run_locally
    if engine == "ray":
        return functools.partial(_run_on_ray, _load_ray())
    raise UnknownNameError("engine", engine, ENGINES)


def _run_locally(jobs: Jobs, workers: int) -> Iterator[tuple[int, bytes]]:
    """Yield each episode when it is done.

    Raises:
        DatasetError: a process died; what is done is kept.
    """
    if workers < 1:
        raise DatasetError(f"{workers} workers cannot work. Valid: 1 or more.")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the processes started below
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, max(1, len(jobs))), context) as pool:
        running = {pool.submit(record_packed, spec): episode for episode, spec in jobs}
        try:
            for future in as_completed(running):
                yield running.pop(future), future.result()
        except BrokenProcessPool as error:
            raise DatasetError("A worker died. The same command goes on from here.") from error
        finally:
            for future in running:
                future.cancel()


def _load_ray() -> Any:
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingExtraError("--engine ray needs Ray: pip install 'lacelab[ray]'.") from error
    return ray


def _run_on_ray(ray: Any, jobs: Jobs, workers: int) -> Iterator[tuple[int, bytes]]:
    """Yield each episode when it is done, on whatever machines Ray has; `workers` bounds what runs at once."""
    ray.init(ignore_reinit_error=True, log_to_driver=False)
    remote = ray.remote(num_cpus=1)(record_packed)
    waiting = list(reversed(jobs))
    running: dict[Any, int] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            episode, spec = waiting.pop()
            running[remote.remote(spec)] = episode
        (done, *_), _ = ray.wait(list(running))
        yield running.pop(done), ray.get(done)
