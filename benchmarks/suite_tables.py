"""What a suite comes to, as a table on the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from .episode import Row
from .statistics import CONFIDENCE, mcnemar
from .suites import SuiteRun
from .summary import summarize
from .tables import interval, percent


def print_suite(run: SuiteRun, rows: list[Row], timing: dict[str, float], console: Console) -> None:
    """Print a rate for each part; where the first part is a reference, its paired comparison with every other."""
    title = f"{run.suite.name} v{run.suite.version} · {run.policy}"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    referred = [part for part in run.suite.parts if part.name == "reference"]
    for name in (
        "part",
        "episodes",
        "rate",
        f"Wilson {100 * CONFIDENCE:.0f} %",
        *(["p against reference"] * len(referred)),
    ):
        table.add_column(name, justify="left" if name == "part" else "right", no_wrap=True)
    reference: list[Row] | None = None
    for part, found in run.split(rows):
        success = summarize(found).success
        count = f"{success.successes}/{success.trials}"
        compared = [_compare(reference, found)] * len(referred)
        table.add_row(part.name, count, percent(success.rate), interval(success.wilson), *compared)
        reference = found if part.name == "reference" else reference
    console.print(table)
    outcomes = {row["outcome"] for row in rows}
    counts = (f"{sum(row['outcome'] == kind for row in rows)} {kind}" for kind in sorted(outcomes))
    console.print(f"outcomes: {', '.join(counts)}")
    if timing["episodes"]:
        console.print(
            f"{timing['episodes']} episodes in {timing['elapsed_seconds']:.1f} s, {timing['workers']} workers"
        )


def _compare(reference: list[Row] | None, rows: list[Row]) -> str:
    if reference is None or [row["seed"] for row in reference] != [row["seed"] for row in rows]:
        return ""
    test = mcnemar([row["success"] for row in reference], [row["success"] for row in rows])
    return f"{test.p_value:.3f}"
