"""`lacelab eval`: success rates of one policy on one task."""

from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class Eval:
    """Run a policy on a task: print rates with intervals, write one row per episode."""

    task: str = "ThreadEyelet"
    """Task; `lacelab tasks` lists them."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    policy: str = "shipped"
    """expert, random, noop, shipped, a checkpoint's path, ws://host:port, lerobot:folder, or module:factory."""
    seeds: str = "0:20"
    """Seeds: a range without its end (0:200) or a list (3,5,9)."""
    workers: int = 1
    """Number of processes; the rows do not depend on it."""
    engine: str = "processes"
    """processes, or ray (across machines); the rows do not depend on it."""
    out: Path | None = None
    """File of rows (JSON lines); if it holds a part of the same run, the run goes on from there."""
    overwrite: bool = False
    """Start again although there are rows."""
    mirror: bool = False
    """Run the mirror image of each seed's episode."""
    deployment: bool = False
    """Add what real systems add: smoothed chunks, latency, observation delay."""
    settings: dict[str, float] = field(default_factory=dict)
    """Factors of the world that are the same in all episodes, as far_side 1, and sensor_noise [m]."""
    world: str = "sim"
    """World: sim, pixels (adds camera images), or module:factory."""

    def run(self) -> int:
        """Evaluate and print the table."""
        from rich.console import Console

        from lacelab.agents.policies import resolve_policy

        from ..evaluate import Evaluation, evaluate
        from ..seeds import parse_seeds
        from ..summary import summarize
        from ..tables import print_summary, title
        from .progress import episode_progress

        evaluation = Evaluation(
            task=self.task,
            difficulty=self.difficulty,
            policy=self.policy,
            seeds=parse_seeds(self.seeds),
            mirror=self.mirror,
            deployment=self.deployment,
            world=self.world,
            settings=tuple(self.settings.items()),
        )
        evaluation = replace(evaluation, policy=resolve_policy(self.policy, self.task))
        with episode_progress(title(evaluation), len(evaluation.seeds), Console(stderr=True)) as on_row:
            rows, timing = evaluate(
                evaluation,
                workers=self.workers,
                engine=self.engine,
                out=self.out,
                overwrite=self.overwrite,
                on_row=on_row,
            )
        print_summary(evaluation, summarize(rows), timing, Console())
        if self.out is not None:
            print(f"rows: {self.out}")
        return 0
