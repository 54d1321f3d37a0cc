"""The stages of GR-RL, each from files to files: clone, judge, filter, clone again, mirror, steer; select beyond it.

Every stage has a folder of its own in the run's folder. It is skipped if its result is there, goes on from its last state
if it was interrupted, refuses what another configuration made, and keeps configuration, versions and duration beside its result.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import progress, returns
from .data.arrays import (
    demonstrations_digest,
    episode_column,
    retry_keyframes,
)
from .data.files import write_atomically, write_json
from .data.reader import ChunkReader
from .exceptions import RunError
from .networks import NetworkConfig
from .stage import POLICY, durations, make_once, result_digest
from .training import loop, online
from .training.cloning import Cloning, CloningConfig, load_policy
from .training.online import OnlineConfig
from .training.online_learner import OnlineLearner
from .training.selection import Selection, SelectionConfig
from .training.steering import Steering, SteeringConfig
from .training.td import CriticConfig, TemporalDifference, load_critic
from .training.transitions import Transitions

CRITIC, KEPT, PROGRESS = "critic.safetensors", "kept.npy", "progress.npy"
ROWS = ("cloned", "filtered", "mirrored", "steered")
"""The four rows of the paper's table, by the stage that makes each."""
BEYOND = ("selected", "steered-distilled", "imitated", "retrying", "practised", "helped", "helped-filtered")
"""Further rows that the paper does not have."""
TAKEN = ("critic", "filter", "scalar", "time", *ROWS[:3], "imitated", "retrying", "helped-filtered")
"""Folders of other stages, which nobody who names one may have."""
DISTILLED = "-distilled"
"""End of the name of a folder that `distilling.distil` makes."""

DISTILLATION = CloningConfig(steps=5000, learning_rate=5e-4, matrix_learning_rate=3e-3)
"""Rates with which what succeeded online is cloned: shorter and slower, as it begins with a trained policy."""

OnStep = Callable[[int, dict[str, float]], None]
OnRound = Callable[[online.Round], None]


@dataclass(frozen=True)
class RunConfig:
    """One training run, from demonstrations to the steered policy.

    Attributes:
        seed: of everything random.
        dropped: share of frames that the filter drops.
        network: sizes.
        cloning: rates of rows one to three.
        critic: rates of the critic.
        online: numbers of episodes and steps of row four.
        steering: its rates and bounds.
        selection: rates of what is compared with it.
        distillation: rates of what comes after it.
    """

    seed: int = 0
    dropped: float = 0.15
    network: NetworkConfig = field(default_factory=NetworkConfig)
    cloning: CloningConfig = field(default_factory=CloningConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    online: OnlineConfig = field(default_factory=OnlineConfig)
    steering: SteeringConfig = field(default_factory=SteeringConfig)
    selection: SelectionConfig = field(default_factory=SelectionConfig)
    distillation: CloningConfig = DISTILLATION

    def __post_init__(self) -> None:
        """Hand seed and sizes on to the stages."""
        object.__setattr__(self, "cloning", replace(self.cloning, seed=self.seed, network=self.network))
        object.__setattr__(self, "critic", replace(self.critic, seed=self.seed, network=self.network))
        object.__setattr__(self, "online", replace(self.online, gamma=self.critic.gamma))
        rates = replace(self.distillation, seed=self.seed, network=self.network, mirror=0.5)
        object.__setattr__(self, "distillation", rates)
        object.__setattr__(self, "steering", replace(self.steering, aware=self.online.aware))
        for stage in ("online", "steering", "selection"):
            object.__setattr__(self, stage, replace(getattr(self, stage), seed=self.seed))


class Run:
    """One training run in its folder."""

    def __init__(self, config: RunConfig, data: Path, folder: Path, provenance: Mapping[str, Any]) -> None:
        """Open the demonstrations.

        Args:
            config: of all stages.
            data: folder of demonstrations.
            folder: of the run.
            provenance: versions and commit, written beside every result.

        Raises:
            DatasetError: the demonstrations are not whole.
        """
        self.config, self.data, self.folder = config, data, folder
        self._provenance = provenance
        self.reader = ChunkReader.open(data, config.network.chunk, mirror=0.0)

    def clone(self, row: str, on_step: OnStep) -> Path:
        """Clone all demonstrations (`cloned`), what the filter keeps (`filtered`), or that and its mirror image."""
        config = replace(self.config.cloning, mirror=0.5 if row == "mirrored" else 0.0)
        reads = self.reads() if row == "cloned" else self.reads("filter")
        everything = np.arange(len(self.reader.arrays))
        frames = everything if row == "cloned" else everything[self.kept()]

        def make() -> None:
            learner = Cloning(config, self.reader, frames)
            loop.run(learner, config.steps, config.seed, self.folder / row, on_step)
            learner.save(self.folder / row / POLICY)

        return self.stage(row, POLICY, asdict(config) | {"frames": len(frames)} | reads, make)

    def judge(self, on_step: OnStep) -> Path:
        """Train the critic on all demonstrations, with failures made in hindsight."""
        config = replace(self.config.critic, mirror=0.5)

        def make() -> None:
            learner = TemporalDifference(config, self.transitions())
            loop.run(learner, config.steps, config.seed, self.folder / "critic", on_step)
            learner.save(self.folder / "critic" / CRITIC)

        return self.stage("critic", CRITIC, asdict(config) | self.reads(), make)

    def filter(self) -> Path:
        """Judge every frame, and keep those around which progress keeps pace; writes a mask (frames,)."""
        folder, gamma = self.folder / "filter", self.config.critic.gamma

        def make() -> None:
            network, head = load_critic(self.folder / "critic" / CRITIC)
            found = progress.symmetric_progress(network, head, self.reader)
            lag = progress.shortfalls(found, self.reader.arrays.starts, progress.WINDOW, gamma)
            delta = progress.threshold(lag, self.config.dropped)
            folder.mkdir(parents=True, exist_ok=True)
            save_array(folder / PROGRESS, found)
            save_array(folder / KEPT, lag <= delta)
            write_json(folder / "filter.json", {"delta": delta, "kept": float((lag <= delta).mean())})

        facts = {"dropped": self.config.dropped, "window": progress.WINDOW}
        return self.stage("filter", KEPT, facts | self.reads("critic"), make)

    def kept(self) -> NDArray[np.bool_]:
        """Return which frames the filter keeps (frames,)."""
        mask: NDArray[np.bool_] = np.load(self.folder / "filter" / KEPT)
        return mask

    def steer(self, workers: int, on_round: OnRound, name: str = "steered") -> Path:
        """Learn the noise of the mirrored policy by rolling it out; other names are for other configurations."""
        return self._online(name, Steering, self.config.steering, workers, on_round)

    def select(self, workers: int, on_round: OnRound, name: str = "selected") -> Path:
        """Learn which chunks of the mirrored policy to carry out by rolling it out.

        Raises:
            RunError: it is to know nothing of the deployment mode, which what selects does not keep to when it acts.
        """
        if not self.config.online.aware:
            raise RunError(
                "What selects knows the deployment mode when it acts: only `lacelab train steer` learns unaware of it."
            )
        return self._online(name, Selection, self.config.selection, workers, on_round)

    def _online(self, name: str, learner_class: type[Any], rates: Any, workers: int, on_round: OnRound) -> Path:
        if name in TAKEN or name.endswith(DISTILLED):
            others = ", ".join((*TAKEN, f"*{DISTILLED}"))
            raise RunError(f"'{name}' is the folder of another stage. Choose another one than {others}.")
        config, folder, base = self.config.online, self.folder / name, self.folder / "mirrored" / POLICY
        kept = (self.transitions(),) if config.demonstrations else ()

        def make() -> None:
            policy = load_policy(base)
            critic, head = load_critic(self.folder / "critic" / CRITIC)
            learner: OnlineLearner = learner_class(rates, policy, critic, head, ())
            online.learn(config, learner, policy, base, folder, workers, on_round, kept)
            learner.save(folder / POLICY)

        facts = {"learner": learner_class.__name__, "rates": asdict(rates)} | self.reads("mirrored", "critic")
        return self.stage(name, POLICY, asdict(config) | facts, make)

    def seconds(self) -> dict[str, float]:
        """Return how long each finished stage took, since it was last interrupted [s]."""
        return durations(self.folder)

    def transitions(self) -> Transitions:
        """Return all demonstrations with failures made in hindsight."""
        arrays = self.reader.arrays
        successes = [bool(success) for success in episode_column(self.data, "success")]
        found = returns.visits(arrays.starts, successes, retry_keyframes(self.data), range(len(successes)))
        return Transitions(self.reader, found, self.config.network.chunk, self.config.critic.gamma)

    def reads(self, *stages: str) -> dict[str, dict[str, str]]:
        """Return what tells the demonstrations and the results of stages, which a stage reads, from others.

        Raises:
            RunError: one of them is not there.
        """
        results = {"critic": CRITIC, "filter": KEPT}
        found = {stage: result_digest(self.folder / stage / results.get(stage, POLICY)) for stage in stages}
        return {"reads": {"data": demonstrations_digest(self.data), **found}}

    def stage(self, name: str, result: str, config: Mapping[str, Any], make: Callable[[], None]) -> Path:
        """Make a result unless it is there; see `make_once` for the error."""
        return make_once(self.folder / name, result, config, {"data": self.data.name, **self._provenance}, make)


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array at once."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_atomically(path, buffer.getvalue())
