"""What all speed tests share: one recorded episode, CPU time, and a short JSON."""

from collections.abc import Callable
from typing import Any

import pytest

from ..versions import git_commit, versions
from .replay import Replay


@pytest.fixture(scope="session")
def replay() -> Replay:
    """Record the expert once."""
    return Replay()


@pytest.fixture
def report(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> Callable[[str, float, str], None]:
    """Return what notes a figure with its bar, in the JSON and on the terminal."""

    def note(name: str, value: float, bar: str) -> None:
        benchmark.extra_info[name] = {"value": value, "bar": bar}
        with capsys.disabled():
            print(f"\n  {name}: {value:.3g} (bar {bar})")

    return note


def pytest_benchmark_update_json(config: pytest.Config, benchmarks: Any, output_json: dict[str, Any]) -> None:
    """Keep the figures and what they were measured on, not every sample."""
    figures = {name: figure for test in output_json["benchmarks"] for name, figure in test["extra_info"].items()}
    cpu = output_json["machine_info"]["cpu"].get("brand_raw")
    seconds = {test["name"]: test["stats"]["median"] for test in output_json["benchmarks"]}
    output_json.clear()
    output_json.update(figures=figures, seconds=seconds)
    output_json.update(cpu=cpu, versions=versions(), commit=git_commit())
