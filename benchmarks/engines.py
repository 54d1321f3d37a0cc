"""What runs episodes: processes here, or Ray across machines; the rows are the same."""

import contextlib
from collections.abc import Callable, Generator, Sequence

from lacelab.envs.exceptions import UnknownNameError

from .episode import EpisodeSpec, Result
from .exceptions import WorkerError
from .workers import Finished, run_unordered

Engine = Callable[[Sequence[EpisodeSpec], int], Generator[Finished]]


def _run_on_ray(specs: Sequence[EpisodeSpec], workers: int) -> Generator[Finished]:
    from .ray_engine import run_unordered as run_on_ray

    return run_on_ray(specs, workers)


ENGINES: dict[str, Engine] = {"processes": run_unordered, "ray": _run_on_ray}


def run_in_order(specs: Sequence[EpisodeSpec], workers: int, engine: str = "processes") -> Generator[Result]:
    """Run episodes in parallel and yield their results in the order of the list, each as soon as it can be.

    Args:
        specs: the episodes.
        workers: number of processes.
        engine: a key of `ENGINES`.

    Raises:
        UnknownNameError: there is no such engine.
        WorkerError: a worker could not build its world or policy.
    """
    if engine not in ENGINES:
        raise UnknownNameError("engine", engine, ENGINES)
    if workers < 1:
        raise WorkerError(f"{workers} workers cannot work. Valid: 1 or more.")
    waiting: dict[int, Result] = {}
    due = 0
    with contextlib.closing(ENGINES[engine](specs, workers)) as finished:
        for position, result in finished:
            waiting[position] = result
            while due in waiting:
                yield waiting.pop(due)
                due += 1
