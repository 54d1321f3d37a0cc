"""Summaries as tables on the terminal."""

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from .evaluate import Evaluation
from .statistics import CONFIDENCE, Interval, Proportion
from .summary import Summary

_BAR_WIDTH = 10


def print_summary(evaluation: Evaluation, summary: Summary, timing: dict[str, float], console: Console) -> None:
    """Print what an evaluation comes to."""
    console.print(Group(_rates(evaluation, summary), *_notes(summary, timing)))


def percent(rate: float) -> str:
    """Write a rate."""
    return f"{100 * rate:.1f} %"


def interval(bounds: Interval) -> str:
    """Write an interval of a rate in per cent."""
    return f"{100 * bounds.low:.1f} - {100 * bounds.high:.1f}"


def title(evaluation: Evaluation) -> str:
    """Name an evaluation in one line."""
    extras = [name for name in ("mirror", "deployment") if getattr(evaluation, name)]
    return " · ".join([evaluation.task, evaluation.difficulty, evaluation.policy, *extras])


def _rates(evaluation: Evaluation, summary: Summary) -> Table:
    table = Table(title=title(evaluation), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for name in ("episodes", "rate", f"Wilson {100 * CONFIDENCE:.0f} %", "Clopper-Pearson"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", width=_BAR_WIDTH, no_wrap=True)
    for name, reached in summary.funnel:
        table.add_row(name, *_cells(reached))
    table.add_section()
    table.add_row("success", *_cells(summary.success), style="bold")
    return table


def _cells(found: Proportion) -> tuple[str, ...]:
    bar = "█" * round(_BAR_WIDTH * found.rate) if found.trials else ""
    return (
        f"{found.successes}/{found.trials}",
        percent(found.rate),
        interval(found.wilson),
        interval(found.clopper_pearson),
        bar,
    )


def _notes(summary: Summary, timing: dict[str, float]) -> list[Text]:
    physics = summary.physics
    outcomes = ", ".join(f"{count} {name}" for name, count in summary.outcomes.items() if count)
    lines = [f"outcomes: {outcomes}; {summary.retries} retries"]
    if summary.duration_of_successes is not None:
        lines.append(f"median duration of a success: {summary.duration_of_successes:.1f} s")
    if physics.penetration_p99_worst is not None and physics.penetration_p99_median is not None:
        median, worst = 1e3 * physics.penetration_p99_median, 1e3 * physics.penetration_p99_worst
        lines.append(f"penetration p99: median {median:.2f} mm, worst episode {worst:.2f} mm")
    lines += [f"failed {kind}: {count} (seeds {_short(seeds)})" for kind, count, seeds in summary.failures]
    if timing["episodes"]:
        lines.append(
            f"{timing['episodes']} episodes in {timing['elapsed_seconds']:.1f} s with {timing['workers']} workers; "
            f"{timing['realtime_factor_per_core']:.1f}x real time per core"
        )
    return [Text(line) for line in lines]


def _short(seeds: list[int], most: int = 6) -> str:
    return ", ".join(map(str, seeds[:most])) + (", ..." if len(seeds) > most else "")
