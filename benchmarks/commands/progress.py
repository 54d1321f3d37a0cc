"""Progress on the terminal while episodes run."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ..episode import Row


@contextmanager
def episode_progress(description: str, total: int, console: Console) -> Iterator[Callable[[Row], None]]:
    """Show a bar with the outcomes so far; yields what to call with each row."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[outcomes]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=total, outcomes="")
        outcomes: Counter[str] = Counter()

        def advance(row: Row) -> None:
            outcomes[row["outcome"]] += 1
            text = " ".join(f"{count} {name}" for name, count in outcomes.items())
            progress.update(task, advance=1, outcomes=text)

        yield advance


@contextmanager
def tick_progress(description: str, console: Console, unit: str = "ticks") -> Iterator[Callable[[], None]]:
    """Show how much of something of unknown length is done; yields what to call after each."""
    count = TextColumn("{task.completed} " + unit)
    columns = (TextColumn("{task.description}"), BarColumn(), count, TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=None)
        yield lambda: progress.advance(task)


@contextmanager
def film_progress(console: Console) -> Iterator[Callable[[int, int], None]]:
    """Show how many films are done; yields what to call with their number and that of all."""
    columns = (TextColumn("filming"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("filming", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
