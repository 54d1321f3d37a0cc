"""Progress bars of training, and its table."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    from lacelab.agents.rollouts import Rollout
    from lacelab.agents.training.online import Round

OnStep = Callable[[int, dict[str, float]], None]


@contextlib.contextmanager
def training(name: str, steps: int) -> Iterator[OnStep]:
    """Show gradient steps, the newest metrics and the time that is left."""
    with _bar() as bar:
        yield _steps(bar, bar.add_task(name, total=steps), name)


def _steps(bar: Progress, task: TaskID, name: str) -> OnStep:
    """Return what shows a step and the newest metrics."""

    def on_step(step: int, metrics: dict[str, float]) -> None:
        shown = "  ".join(f"{key} {value:.3g}" for key, value in metrics.items())
        bar.update(task, completed=step, description=f"{name}  {shown}" if shown else None)

    return on_step


@contextlib.contextmanager
def rounds(name: str, count: int) -> Iterator[Callable[["Round"], None]]:
    """Show rounds of online learning with their success rates."""
    with _bar() as bar:
        task = bar.add_task(name, total=count)

        def on_round(point: "Round") -> None:
            rate = f"{point.successes}/{point.tried} after {point.episodes} episodes"
            bar.update(task, advance=1, description=f"{name}  {rate}")
            bar.console.print(rate)

        yield on_round


@contextlib.contextmanager
def practice(steps: int) -> Iterator[tuple[Callable[["Rollout"], None], OnStep]]:
    """Count rollouts and what they solved, then show gradient steps."""
    with _bar() as bar:
        practised, cloned = bar.add_task("practised", total=None), bar.add_task("cloned", total=steps)
        solved = [0, 0]

        def on_rollout(rollout: "Rollout") -> None:
            solved[rollout.success] += 1
            bar.update(practised, advance=1, description=f"practised  {solved[True]}/{sum(solved)}")

        yield on_rollout, _steps(bar, cloned, "cloned")


def print_seconds(seconds: Mapping[str, float]) -> None:
    """Print how long each stage took."""
    table = Table("stage", "minutes", title="Training", title_justify="left")
    for stage, value in seconds.items():
        table.add_row(stage, f"{value / 60:.1f}")
    table.add_row("all", f"{sum(seconds.values()) / 60:.1f}")
    Console().print(table)


def _bar() -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(TextColumn("{task.description}"), *columns, console=Console(stderr=True))
