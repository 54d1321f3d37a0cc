"""`lacelab robot run`: trials of one or more policies in a random order that the operator is not told."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from lacelab.agents.policies import Environment


@dataclass(frozen=True)
class Run:
    """Run trials on a robot: the same rows as `lacelab eval`, one file for each policy; a killed run goes on."""

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
    view: int | None = None
    """Port of a page on this computer that shows joints, limits, faults and cameras; 0: any free one; without it, no page."""

    def run(self) -> int:
        """Run all trials, then uncover."""
        from rich.console import Console

        from lacelab.agents.policies import resolve_policy
        from lacelab.envs.exceptions import ParameterError

        from ...evaluate import Evaluation
        from ...seeds import parse_seeds
        from ...statistics import wilson
        from ...trials import Trials, run_blinded, write_rows

        seeds, names = parse_seeds(self.seeds), [resolve_policy(name, self.task) for name in self.policies]
        if len(set(names)) < len(names):
            raise ParameterError("policies", names, "policies that differ")
        evaluations = [Evaluation(self.task, self.difficulty, name, seeds, world=self.world) for name in names]
        console = Console(stderr=True)
        trials = Trials(evaluations, self.order)
        with self._watching(console) as watch:
            rows = run_blinded(trials, self.out, lambda done, of: console.print(f"trial {done} of {of} is over"), watch)
        for number, (evaluation, own) in enumerate(zip(evaluations, rows, strict=True)):
            path = self.out / f"policy-{number}.jsonl"
            write_rows(path, evaluation, own)
            wins = sum(row["success"] for row in own)
            low, high = wilson(wins, len(own))
            print(f"{evaluation.policy}: {wins} of {len(own)}, {low:.2f} to {high:.2f}; rows in {path}")
        return 0

    @contextlib.contextmanager
    def _watching(self, console: "Console") -> Iterator[Callable[["Environment"], None]]:
        """Yield what shows a world on the live page, if one is asked for."""
        from lacelab.real_robot.live_view import LiveView

        if self.view is None:
            yield lambda env: None
            return
        with contextlib.closing(LiveView(self.view)) as page:
            console.print(f"live view: {page.address}")
            yield page.follow
