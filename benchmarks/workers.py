"""Episodes in parallel processes, which may die without taking the run with them."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import NamedTuple

from .episode import EpisodeSpec, Result, Timing, crashed_row, run_episode
from .exceptions import WorkerError

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_CONTEXT = multiprocessing.get_context("spawn")


class Finished(NamedTuple):
    """The result of the episode at a position of the list."""

    position: int
    result: Result


def run_unordered(specs: Sequence[EpisodeSpec], workers: int) -> Generator[Finished]:
    """Run episodes in parallel and yield each when it ends."""
    todo = iter(enumerate(specs))
    pool = [Worker() for _ in range(min(workers, len(specs)))]
    try:
        busy = [worker for worker in pool if worker.start_next(todo)]
        while busy:
            for connection in wait([worker.connection for worker in busy]):
                worker = next(worker for worker in busy if worker.connection is connection)
                yield worker.finish(specs)
                if not worker.start_next(todo):
                    busy.remove(worker)
    finally:
        for worker in pool:
            worker.stop()


class Worker:
    """A process and the episode it is at."""

    def __init__(self) -> None:
        self._position = -1
        self._start_process()

    def run(self, spec: EpisodeSpec) -> Result:
        """Run one episode to its end.

        Raises:
            WorkerError: the world or the policy cannot be built.
        """
        self.connection.send(spec)
        self._position = 0
        return self.finish([spec]).result

    def start_next(self, todo: Iterator[tuple[int, EpisodeSpec]]) -> bool:
        """Send the next episode; return whether there was one."""
        self._position, spec = next(todo, (-1, None))
        if spec is None:
            return False
        self.connection.send(spec)
        return True

    def finish(self, specs: Sequence[EpisodeSpec]) -> Finished:
        """Receive the result; a dead process counts as a crashed episode and is replaced."""
        try:
            answer = self.connection.recv()
        except (EOFError, ConnectionResetError):
            return Finished(self._position, self._replace_process(specs[self._position]))
        if isinstance(answer, WorkerError):
            raise answer
        return Finished(self._position, answer)

    def stop(self) -> None:
        """End the process."""
        self.connection.close()
        self._process.terminate()
        self._process.join()

    def _start_process(self) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs,), daemon=True)
        with _one_thread_each():
            self._process.start()
        theirs.close()

    def _replace_process(self, spec: EpisodeSpec) -> Result:
        self._process.join()
        error = f"the process died with exit code {self._process.exitcode}"
        self.stop()
        self._start_process()
        return Result(crashed_row(spec, error), Timing(0.0, 0.0, 0.0))


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes started inside compute with one thread: results and speed then do not depend on their number."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(connection: Connection) -> None:
    """Run the episodes that come in, until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent decides what an interrupt means.
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            spec = connection.recv()
            try:
                answer: Result | WorkerError = run_episode(spec)
            except WorkerError as error:
                answer = error
            connection.send(answer)
