"""Collect demonstrations: in parallel, resumable, the same bytes however often it was interrupted.

Each finished episode lands whole in a staging folder; when all are there, the dataset is written from them, checksums
last, and the staging folder goes. A killed run loses the episodes that were running.
"""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lacelab.envs.exceptions import LaceLabError

from ..demonstrator.intervention import STALLED
from ..demonstrator.operators import OPERATORS
from ..policies import checkpoint_path, make_policy, policy_factory, resolve_policy
from . import layout
from .engines import Recorder, find_engine
from .exceptions import DatasetError
from .files import CHECKSUMS, digest, read_json, write_atomically, write_json
from .record import DemonstrationSpec, episode_seed, make_env, record
from .recording import Recording, pack, unpack
from .schema import FORMAT
from .writer import write_dataset

_STAGED_MANIFEST = f"{layout.STAGING}/manifest.json"


@dataclass(frozen=True)
class Collection:
    """Which demonstrations to collect; with the versions it fixes every byte."""

    task: str = "ThreadEyelet"
    difficulty: str = "standard"
    episodes: int = 600
    seed: int = 0
    operator: str | None = None
    images: bool = False
    policy: str | None = None
    overrides: tuple[tuple[str, float], ...] = ()
    deployment: bool = False
    stalled: float = STALLED

    def __post_init__(self) -> None:
        """Refuse what cannot be collected, before anything runs."""
        if self.episodes < 1 or self.seed < 0:
            raise DatasetError(
                f"Cannot collect {self.episodes} episodes from seed {self.seed}: valid are >= 1 and >= 0."
            )
        self.spec(0)
        if self.policy is not None:
            policy_factory(self.policy)

    def spec(self, episode: int) -> DemonstrationSpec:
        """Return the demonstration of an episode."""
        seed = episode_seed(self.seed, episode)
        return DemonstrationSpec(
            self.task,
            self.difficulty,
            seed,
            self.operator,
            self.images,
            self.policy,
            self.overrides,
            self.deployment,
            self.stalled,
        )

    def manifest(self, versions: dict[str, Any]) -> dict[str, Any]:
        """Return everything that the dataset depends on."""
        operators = {name: asdict(operator) for name, operator in OPERATORS.items()}
        path = checkpoint_path(resolve_policy(self.policy or "", self.task))
        found = {"policy_digest": digest(path) if path.is_file() else None}
        factors = {"overrides": dict(self.overrides)}
        return {"format": FORMAT, **asdict(self), **factors, **found, "versions": versions, "operators": operators}


def record_packed(spec: DemonstrationSpec) -> bytes:
    """Return a demonstration as bytes: what a worker does."""
    return pack(record(spec))


def collect(
    collection: Collection,
    root: Path,
    *,
    versions: dict[str, Any],
    workers: int | None = None,
    engine: str = "local",
    recorder: Recorder = record_packed,
    on_episode: Callable[[dict[str, Any]], None] = lambda facts: None,
) -> None:
    """Collect a dataset, or what is missing of it.

    Args:
        collection: what to collect.
        root: folder of the dataset.
        versions: of the software, written beside the data; a run is only continued with the same.
        workers: number of processes; one per core by default.
        engine: `local`, or `ray` for the machines of a Ray cluster.
        recorder: makes the packed recording of a demonstration.
        on_episode: called with the facts of each episode, first with those of an earlier run.

    Raises:
        DatasetError: the folder holds something else, or the policy cannot be made.
        MissingExtraError: the engine is not installed.
    """
    run = find_engine(engine)
    staging, manifest = root / layout.STAGING, collection.manifest(versions)
    _try_policy(collection)
    if _begin(root, manifest):
        todo = []
        for episode in range(collection.episodes):
            if (path := _staged(staging, episode)).exists():
                on_episode(_load(path).facts)
            else:
                todo.append((episode, collection.spec(episode)))
        for episode, content in run(recorder, todo, workers):
            write_atomically(_staged(staging, episode), content)
            on_episode(unpack(content, f"episode {episode}").facts)
        recordings = [_load(_staged(staging, episode)) for episode in range(collection.episodes)]
        _compare(root, collection.manifest(versions), manifest)  # A checkpoint may have been replaced meanwhile.
        _clear(root)
        write_dataset(root, recordings, manifest)
    shutil.rmtree(staging, ignore_errors=True)


def _try_policy(collection: Collection) -> None:
    """Make the policy once, before anything is written.

    Raises:
        DatasetError: it cannot act here.
    """
    if collection.policy is None:
        return
    try:
        env = make_env(collection.task, collection.difficulty, collection.images, collection.deployment)
        make_policy(collection.policy, env)
    except LaceLabError:
        raise
    except Exception as error:
        raise DatasetError(f"The policy '{collection.policy}' cannot be made here: {error!r}.") from error


def _begin(root: Path, manifest: dict[str, Any]) -> bool:
    """Prepare the folder; return whether something is left to do.

    Raises:
        DatasetError: the folder belongs to another collection.
    """
    whole = (root / CHECKSUMS).exists()
    path = root / (layout.MANIFEST if whole else _STAGED_MANIFEST)
    if path.exists():
        _compare(root, read_json(path), manifest)
    elif root.exists() and any(entry.name != layout.STAGING for entry in root.iterdir()):
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


def _clear(root: Path) -> None:
    """Remove what an interrupted run wrote of the final files."""
    for name in layout.FOLDERS:
        shutil.rmtree(root / name, ignore_errors=True)
    for torn in root.glob(f".*.{CHECKSUMS}"):
        torn.unlink()


def _staged(staging: Path, episode: int) -> Path:
    return staging / f"episode-{episode:06d}.npz"


def _load(path: Path) -> Recording:
    return unpack(path.read_bytes(), str(path))
