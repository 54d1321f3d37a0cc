"""Where episodes are recorded: processes of this machine, or a Ray cluster."""

import functools
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from lacelab.envs.exceptions import UnknownNameError

from .exceptions import DatasetError, MissingExtraError
from .record import DemonstrationSpec

ENGINES = ("local", "ray")
Jobs = Sequence[tuple[int, DemonstrationSpec]]
Recorder = Callable[[DemonstrationSpec], bytes]
Engine = Callable[[Recorder, Jobs, int | None], Iterator[tuple[int, bytes]]]
"""Yields each episode with its number when it is done; the last argument bounds how many run at once."""


def find_engine(name: str) -> Engine:
    """Return an engine by name.

    Raises:
        UnknownNameError: there is none of this name.
        MissingExtraError: it is not installed.
    """
    if name == "local":
        return _run_locally
    if name == "ray":
        return functools.partial(_run_on_ray, _load_ray())
    raise UnknownNameError("engine", name, ENGINES)


def _run_locally(recorder: Recorder, jobs: Jobs, workers: int | None) -> Iterator[tuple[int, bytes]]:
    """Run on this machine, by default with one process per core.

    Raises:
        DatasetError: a process died; what is done is kept.
    """
    workers = os.cpu_count() or 1 if workers is None else workers
    if workers < 1:
        raise DatasetError(f"{workers} workers cannot work. Valid: 1 or more.")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the processes started below
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, max(1, len(jobs))), context, _end_with_parent) as pool:
        running = {pool.submit(recorder, spec): episode for episode, spec in jobs}
        try:
            for future in as_completed(running):
                yield running.pop(future), future.result()
        except BrokenProcessPool as error:
            raise DatasetError("A worker died. The same command goes on from here.") from error
        finally:
            for future in running:
                future.cancel()


def _end_with_parent() -> None:
    """Let this process end when its parent is gone: a killed run leaves nothing behind."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _load_ray() -> Any:
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingExtraError("--engine ray needs Ray: pip install 'lacelab[ray]'.") from error
    return ray


def _run_on_ray(ray: Any, recorder: Recorder, jobs: Jobs, workers: int | None) -> Iterator[tuple[int, bytes]]:
    """Run on whatever machines the cluster has, by default on all of their cores."""
    ray.init(ignore_reinit_error=True, log_to_driver=False)
    limit = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
    remote = ray.remote(num_cpus=1)(recorder)
    waiting = list(reversed(jobs))
    running: dict[Any, int] = {}
    while waiting or running:
        while waiting and len(running) < limit:
            episode, spec = waiting.pop()
            running[remote.remote(spec)] = episode
        (done, *_), _ = ray.wait(list(running))
        yield running.pop(done), ray.get(done)
