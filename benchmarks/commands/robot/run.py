"""`lacelab robot run`: trials of one or more policies in a random order that the operator is not told."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """Run trials on a robot: the same rows as `lacelab eval`, one file for each policy."""

    world: str = "twin"
    """twin, openarm or ros2."""
    policies: tuple[str, ...] = ("expert",)
    """As in `lacelab eval`; in every trial one of them runs, and nobody is told which."""
    task: str = "ThreadEyelet"
    """Task."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    seeds: str = "0:10"
    """Layouts; every policy gets each of them."""
    order: int = 0
    """Seed of the random order."""
    out: Path = Path("robot-rows")
    """Folder of the rows."""

    def run(self) -> int:
        """Run all trials, then uncover."""
        from rich.console import Console

        from ...evaluate import Evaluation
        from ...rows import Earlier, RowWriter
        from ...seeds import parse_seeds
        from ...statistics import wilson
        from ...trials import run_blinded

        seeds = parse_seeds(self.seeds)
        evaluations = [Evaluation(self.task, self.difficulty, name, seeds, world=self.world) for name in self.policies]
        console = Console(stderr=True)
        rows = run_blinded(evaluations, self.order, lambda done, of: console.print(f"trial {done} of {of} is over"))
        self.out.mkdir(parents=True, exist_ok=True)
        for number, (evaluation, own) in enumerate(zip(evaluations, rows, strict=True)):
            path = self.out / f"policy-{number}.jsonl"
            with RowWriter(path, evaluation.manifest(), Earlier([], 0)) as writer:
                for row in own:
                    writer.append(row)
            wins = sum(row["success"] for row in own)
            interval = wilson(wins, len(own))
            print(
                f"{evaluation.policy}: {wins} of {len(own)}, {interval.low:.2f} to {interval.high:.2f}; rows in {path}"
            )
        return 0
