"""The loop of every training stage: steps, logs, checkpoints; goes on after a kill as if nothing had happened.

Everything random in a step follows from the run's seed and the step's number, and the state of a learner is saved whole:
a run that was killed reaches the same weights as one that was not, on the same machine with the same number of threads.
"""

import io
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import torch

from ..data.files import write_atomically
from . import parallel

STATE = "state.pt"
_LOG_EVERY = 50  # steps
_SAVE_EVERY = 60.0  # s


class Learner(Protocol):
    """Something that gets better step by step."""

    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | torch.Tensor]:
        """Take one step; everything random comes from the two generators. Returns metrics."""
        ...

    def state(self) -> dict[str, Any]:
        """Return all that `load` needs to go on from here."""
        ...

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        ...


class Resumable(ABC):
    """A learner whose state is that of its parts."""

    @abstractmethod
    def parts(self) -> dict[str, Any]:
        """Return modules, optimisers and schedules by name."""

    def state(self) -> dict[str, Any]:
        """Return the states of all parts."""
        return {name: part.state_dict() for name, part in self.parts().items()}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from saved states."""
        for name, part in self.parts().items():
            part.load_state_dict(state[name])


def run(
    learner: Learner,
    steps: int,
    seed: int,
    folder: Path,
    on_step: Callable[[int, dict[str, float]], None] = lambda step, metrics: None,
) -> None:
    """Train to `steps`, from the last saved state in `folder` where there is one.

    Args:
        learner: what is trained.
        steps: total number of steps.
        seed: of everything random.
        folder: holds state and TensorBoard logs.
        on_step: called after every step with its number and the metrics of logged steps, otherwise with none.
    """
    first = _resume(learner, folder)
    with _Log(folder, first) as log:
        saved = time.monotonic()
        for step in range(first, steps):
            metrics = learner.update(*generators(seed, step))
            plain = _plain(metrics) if step % _LOG_EVERY == 0 or step == steps - 1 else {}
            log.write(step, plain)
            on_step(step + 1, plain)
            if time.monotonic() - saved > _SAVE_EVERY and step + 1 < steps and parallel.rank() == 0:
                save_state(folder, learner, step + 1)
                saved = time.monotonic()
    if first < steps and parallel.rank() == 0:
        save_state(folder, learner, steps)
    parallel.wait()


def generators(seed: int, step: int) -> tuple[np.random.Generator, torch.Generator]:
    """Return the sources of randomness of a step."""
    numbers = np.random.default_rng((seed, step))
    return numbers, torch.Generator().manual_seed(int(numbers.integers(2**62)))


def save_state(folder: Path, learner: Learner, step: int) -> None:
    """Save everything a learner needs to go on."""
    buffer = io.BytesIO()
    torch.save({"step": step, "learner": learner.state()}, buffer)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / STATE, buffer.getvalue())


def _resume(learner: Learner, folder: Path) -> int:
    path = folder / STATE
    if not path.exists():
        return 0
    saved = torch.load(path, map_location="cpu", weights_only=True)
    learner.load(saved["learner"])
    return int(saved["step"])


def _plain(metrics: dict[str, float | torch.Tensor]) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}


class _Log:
    """TensorBoard, opened late: importing it takes a second."""

    def __init__(self, folder: Path, first: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        writes = parallel.rank() == 0
        self._writer = SummaryWriter(str(folder / "logs"), purge_step=first) if writes else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, step: int, metrics: dict[str, float]) -> None:
        """Log the metrics of a step."""
        if self._writer is not None:
            for name, value in metrics.items():
                self._writer.add_scalar(name, value, step)
