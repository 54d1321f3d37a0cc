"""Episodes on a Ray cluster. Each actor keeps one worker process, so that an episode that kills its process counts as
crashed there as it does here, and rows are the same; an actor whose machine is lost is started elsewhere by Ray.

`RAY_ADDRESS` names the cluster; without it Ray starts on this machine.
"""

import logging
import os
import sys
from collections.abc import Generator, Sequence
from typing import Any

from .episode import EpisodeSpec, Result
from .exceptions import WorkerError
from .workers import Finished, Worker

_RETRIES = 3  # of an episode whose machine was lost


class Host:
    """A worker process somewhere in the cluster."""

    def __init__(self, path: list[str]) -> None:
        sys.path.extend(entry for entry in path if entry not in sys.path)  # `module:factory` is found there, too.
        self._worker = Worker()

    def run(self, position: int, spec: EpisodeSpec) -> tuple[int, Result | str]:
        """Run an episode; a world or policy that cannot be built is returned as its message."""
        try:
            return position, self._worker.run(spec)
        except WorkerError as error:
            return position, str(error)


def run_unordered(specs: Sequence[EpisodeSpec], workers: int) -> Generator[Finished]:
    """Run episodes on a cluster and yield each when it ends.

    Raises:
        WorkerError: Ray is not installed, or a worker could not build its world or policy.
    """
    ray = connect()
    host = ray.remote(num_cpus=1, max_restarts=_RETRIES, max_task_retries=_RETRIES, scheduling_strategy="SPREAD")(Host)
    hosts = [host.remote(sys.path) for _ in range(min(workers, len(specs)))]
    todo = iter(enumerate(specs))
    running = {actor.run.remote(*task): actor for actor, task in zip(hosts, todo, strict=False)}
    try:
        while running:
            (done,), _ = ray.wait(list(running), num_returns=1)
            actor = running.pop(done)
            position, answer = ray.get(done)
            if isinstance(answer, str):
                raise WorkerError(answer)
            task = next(todo, None)
            if task is not None:
                running[actor.run.remote(*task)] = actor
            yield Finished(position, answer)
    finally:
        for actor in hosts:
            ray.kill(actor)


def connect() -> Any:
    """Return Ray, connected.

    Raises:
        WorkerError: it is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise WorkerError("Ray is not installed: pip install 'lacelab[ray]'.") from error
    if not ray.is_initialized():
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # Else Ray warns of a change to come.
        ray.init(log_to_driver=False, include_dashboard=False, logging_level=logging.ERROR)
    return ray
