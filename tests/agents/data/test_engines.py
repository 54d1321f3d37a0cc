"""Where episodes are recorded."""

import sys
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
import recordings

from lacelab.agents.data.engines import find_engine
from lacelab.agents.data.exceptions import DatasetError, MissingExtraError
from lacelab.agents.data.record import DemonstrationSpec
from lacelab.envs.exceptions import UnknownNameError

JOBS = [(number, DemonstrationSpec(seed=number)) for number in range(5)]


class FakeRay:
    """Ray's interface, at once and here; notes how many tasks were waiting at the same time."""

    def __init__(self) -> None:
        self.most = 0

    def init(self, **options: Any) -> None:
        """Connect."""

    def cluster_resources(self) -> dict[str, float]:
        """Return the cluster's cores."""
        return {"CPU": 3.0}

    def remote(self, **options: Any) -> Callable[[Any], Any]:
        """Wrap a function."""
        return lambda function: SimpleNamespace(remote=lambda *arguments: (function, arguments))

    def wait(self, tasks: list[Any]) -> tuple[list[Any], list[Any]]:
        """Return the last task as done."""
        self.most = max(self.most, len(tasks))
        return tasks[-1:], tasks[:-1]

    def get(self, task: tuple[Callable[..., Any], Iterable[Any]]) -> Any:
        """Run a task."""
        function, arguments = task
        return function(*arguments)


@pytest.mark.parametrize(("workers", "most"), [(None, 3), (2, 2)])
def test_ray_runs_every_episode(monkeypatch: pytest.MonkeyPatch, workers: int | None, most: int) -> None:
    ray = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", ray)
    found = dict(find_engine("ray")(recordings.record_fake, JOBS, workers))
    assert found == {number: recordings.record_fake(spec) for number, spec in JOBS} and ray.most == most


def test_names_and_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownNameError, match="Unknown engine 'dask'. Valid: local, ray."):
        find_engine("dask")
    with pytest.raises(DatasetError, match="0 workers cannot work. Valid: 1 or more."):
        next(find_engine("local")(recordings.record_fake, JOBS, 0))
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"--engine ray needs Ray: pip install 'lacelab\[ray\]'"):
        find_engine("ray")
