"""The answer of a gate for people, for GitHub and for whatever reads JUnit XML."""

from typing import Any
from xml.etree import ElementTree

from rich import box
from rich.console import Console
from rich.table import Table

from .gate import GateResult
from .sequential import Verdict
from .statistics import StageRate, proportion, stage_funnel
from .summary import as_json, failure_kind
from .tables import interval, percent
from .versions import git_commit, versions

_SYMBOLS = {
    Verdict.HELD: "✅",
    Verdict.IMPROVED: "🎉",
    Verdict.REGRESSED: "❌",
    Verdict.UNDERPOWERED: "❔",
}


def print_gate(result: GateResult, console: Console) -> None:
    """Print the table and the answer."""
    table = Table(title=_title(result), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("")
    for name in ("successes", "rate", "Wilson 95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in _lines(result):
        table.add_row(*line)
    console.print(table)
    for text in _notes(result):
        console.print(text, highlight=False, soft_wrap=True)
    console.print(f"[bold]{result.verdict}[/bold]: {result.reason}", highlight=False, soft_wrap=True)


def as_markdown(result: GateResult) -> str:
    """Return the summary that GitHub shows with a run."""
    rows = ["| | successes | rate | Wilson 95 % |", "| --- | ---: | ---: | ---: |"]
    rows += [f"| {' | '.join(line)} |" for line in _lines(result)]
    notes = [f"- {note}" for note in _notes(result)]
    head = f"### {_SYMBOLS[result.verdict]} {result.verdict}: {_title(result)}"
    return "\n".join([head, "", result.reason, "", *rows, "", *notes, ""])


def as_junit(result: GateResult) -> bytes:
    """Return JUnit XML with one test case: HELD and IMPROVED pass, REGRESSED fails, UNDERPOWERED is an error."""
    kind = {Verdict.REGRESSED: "failure", Verdict.UNDERPOWERED: "error"}.get(result.verdict)
    counts = {"tests": "1", "failures": str(int(kind == "failure")), "errors": str(int(kind == "error"))}
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "lacelab gate", **counts, "skipped": "0"})
    name = {"classname": "lacelab.gate", "name": _title(result), "time": f"{result.seconds:.3f}"}
    case = ElementTree.SubElement(suite, "testcase", name)
    if kind:
        message = {"message": f"{result.verdict}: {result.reason}", "type": str(result.verdict)}
        ElementTree.SubElement(case, kind, message).text = "\n".join(_notes(result))
    ElementTree.SubElement(case, "system-out").text = as_markdown(result)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n"


def gate_as_json(result: GateResult) -> dict[str, Any]:
    """Return everything that the answer rests on."""
    design = result.design
    planned = None if design is None else {**design._asdict(), "errors": design.errors._asdict(), "losses": None}
    return {
        "verdict": str(result.verdict),
        "reason": result.reason,
        "policy": result.policy,
        "baseline": result.baseline.policy,
        "task": result.baseline.evaluation.task,
        "difficulty": result.baseline.evaluation.difficulty,
        "episodes": len(result.pairs),
        "mcnemar": as_json(result.table),
        "difference": as_json(result.difference),
        "design": planned and {key: value for key, value in planned.items() if value is not None},
        "seconds": round(result.seconds, 1),
        "pairs": {str(pair.seed): [pair.baseline, pair.candidate["outcome"]] for pair in result.pairs},
        "versions": versions(),
        "commit": git_commit(),
    }


def _title(result: GateResult) -> str:
    evaluation = result.baseline.evaluation
    return f"{evaluation.task} · {evaluation.difficulty} · {result.policy} against {result.baseline.policy}"


def _lines(result: GateResult) -> list[tuple[str, str, str, str]]:
    """List (name, count, rate, interval) of the baseline, the candidate and the candidate's stages."""
    table, trials = result.table, len(result.pairs)
    rates = [
        StageRate("baseline", proportion(table.both + table.only_first, trials)),
        *stage_funnel([pair.candidate for pair in result.pairs]),
        StageRate("candidate", proportion(table.both + table.only_second, trials)),
    ]
    return [
        (name, f"{found.successes}/{found.trials}", percent(found.rate), interval(found.wilson))
        for name, found in rates
    ]


def _notes(result: GateResult) -> list[str]:
    value, (low, high) = result.difference
    lost = [pair for pair in result.pairs if pair.baseline == "success" and not pair.candidate["success"]]
    summary = (
        f"difference {100 * value:+.1f} points, Newcombe {100 * low:+.1f} to {100 * high:+.1f} (stopping not counted); "
        f"McNemar p = {result.table.p_value:.2g}; {result.seconds:.0f} s"
    )
    return [summary] + [f"lost seed {pair.seed}: {failure_kind(pair.candidate)}" for pair in lost[:10]]
