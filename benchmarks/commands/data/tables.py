"""Tables about demonstrations on the terminal."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from rich import box
from rich.console import Console
from rich.table import Table

from ...demonstrations import Share, Shares
from ...statistics import Proportion

_BAR = 40  # characters


def print_shares(found: list[Shares], console: Console) -> None:
    """Print a line per operator, and one for all; where a policy acted, the share of its frames too."""
    table = Table(box=box.SIMPLE_HEAD)
    helped = any(entry.by_policy for entry in found)
    for name in ("operator", "n", "success %", "mistakes %", "flawed %", "mean s", *["policy %"] * helped):
        table.add_column(name, justify="left" if name == "operator" else "right", no_wrap=True)
    for entry in found:
        if entry.name == "all":
            table.add_section()
        table.add_row(
            entry.name,
            str(entry.success.trials),
            _rate(entry.success),
            _rate(entry.mistake),
            _share(entry.flawed),
            f"{entry.seconds:.1f}",
            *[f"{100 * entry.by_policy:.1f}"] * helped,
        )
    console.print(table)


def print_counts(title: str, counts: Mapping[str, int], console: Console) -> None:
    """Print how often each name occurs, with bars."""
    table = Table(title, "", "", box=box.SIMPLE_HEAD)
    largest = max(counts.values(), default=1)
    for name, count in counts.items():
        table.add_row(name, str(count), "█" * round(_BAR * count / max(largest, 1)))
    console.print(table)


def print_histogram(title: str, values: Sequence[float], bins: int, console: Console) -> None:
    """Print a histogram."""
    import numpy as np

    counts, edges = np.histogram(values, bins)
    names = [f"{low:.1f} - {high:.1f}" for low, high in pairwise(edges)]
    print_counts(title, dict(zip(names, counts.tolist(), strict=True)), console)


def _rate(found: Proportion) -> str:
    low, high = found.wilson
    return f"{100 * found.rate:.1f} ({100 * low:.0f}-{100 * high:.0f})"


def _share(found: Share) -> str:
    return f"{100 * found.rate:.1f} ({100 * found.low:.0f}-{100 * found.high:.0f})"
