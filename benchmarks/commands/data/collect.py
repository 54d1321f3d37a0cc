"""`lacelab data collect`: demonstrations of simulated teleoperators."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Collect:
    """Collect demonstrations; the same command goes on after an interruption."""

    out: Path
    """Folder of the dataset."""
    task: str = "ThreadEyelet"
    """Task; `lacelab tasks` lists them."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    episodes: int = 600
    """Number of demonstrations."""
    seed: int = 0
    """Fixes all of them; none shares a seed with an evaluation."""
    operator: str | None = None
    """One person's habits (see agents/demonstrator/operators.py); drawn for each episode by default."""
    images: bool = False
    """Record the cameras, too."""
    policy: str | None = None
    """Let this policy (shipped, a checkpoint's path, ...) act; the operator takes over where it gets nowhere."""
    deployment: bool = False
    """The policy acts in the deployment mode, with delayed and smoothed actions; who takes over does not."""
    stalled: float = 12.0
    """Time without a completed stage after which the operator takes over [s]."""
    overrides: dict[str, float] = field(default_factory=dict)
    """Factors of the world that are the same in all episodes, as far_side 1 (see envs/overrides.py)."""
    workers: int | None = None
    """Number of processes; by default one per core, of the cluster where there is one. The data does not depend on it."""
    engine: str = "local"
    """local, or ray for the machines of a Ray cluster."""

    def run(self) -> int:
        """Collect and print the shares."""
        import time
        from importlib.metadata import version
        from importlib.util import find_spec

        from rich.console import Console

        from lacelab.agents.data.collect import Collection, collect
        from lacelab.agents.policies import resolve_policy

        from ...demonstrations import shares
        from ...versions import git_commit, versions
        from ..progress import episode_progress
        from .tables import print_shares

        policy = None if self.policy is None else resolve_policy(self.policy, self.task)
        overrides = tuple(self.overrides.items())
        collection = Collection(
            self.task,
            self.difficulty,
            self.episodes,
            self.seed,
            self.operator,
            self.images,
            policy,
            overrides,
            self.deployment,
            self.stalled,
        )
        title = f"{self.task} · {self.difficulty} · {'teleoperators' if policy is None else 'policy and teleoperators'}"
        software: dict[str, str | None] = {**versions(), "pyarrow": version("pyarrow")}
        if policy is not None:
            software["torch"] = version("torch") if find_spec("torch") else None
        start = time.perf_counter()
        with episode_progress(title, self.episodes, Console(stderr=True)) as on_row:
            collect(
                collection,
                self.out,
                versions={**software, "commit": git_commit()},
                workers=self.workers,
                engine=self.engine,
                on_episode=on_row,
            )
        found = shares(self.out)
        print_shares(found, Console())
        print(f"dataset: {self.out} ({time.perf_counter() - start:.0f} s)")
        return 0
