"""The loop: whoever kills it, the weights are those of an undisturbed run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from observations import TINY
from torch import Tensor

from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.returns import visits
from lacelab.agents.training import loop
from lacelab.agents.training.cloning import Cloning, CloningConfig
from lacelab.agents.training.td import CriticConfig, TemporalDifference
from lacelab.agents.training.transitions import Transitions


class Toy:
    """Learns the mean of random numbers."""

    def __init__(self) -> None:
        self.weight = torch.zeros(3, dtype=torch.float64)

    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step."""
        drawn = torch.from_numpy(numbers.normal(size=3)) + torch.randn(3, generator=noise)
        self.weight = 0.9 * self.weight + 0.1 * drawn
        return {"size": self.weight.norm(), "first": float(drawn[0])}

    def state(self) -> dict[str, Any]:
        """Return the weight."""
        return {"weight": self.weight}

    def load(self, state: dict[str, Any]) -> None:
        """Go on."""
        self.weight = state["weight"]


class Killed(Exception):
    """Somebody has ended the run."""


def _kill_at(number: int) -> Callable[[int, dict[str, float]], None]:
    def on_step(step: int, metrics: dict[str, float]) -> None:
        if step == number:
            raise Killed

    return on_step


def _cloning(reader: ChunkReader) -> loop.Learner:
    config = CloningConfig(steps=6, batch=8, draws=2, mirror=0.5, network=TINY)
    return Cloning(config, reader, np.arange(len(reader.arrays)))


def _critic(reader: ChunkReader) -> loop.Learner:
    found = visits(reader.arrays.starts, reader.arrays.success.tolist(), [[4], *[[]] * 5], range(6))
    return TemporalDifference(CriticConfig(batch=8, mirror=0.5, network=TINY), Transitions(reader, found, TINY.chunk))


LEARNERS: dict[str, Callable[[ChunkReader], loop.Learner]] = {
    "toy": lambda reader: Toy(),
    "cloning": _cloning,
    "critic": _critic,
}


def _tensors(state: Any) -> list[Tensor]:
    if isinstance(state, Tensor):
        return [state]
    values = state.values() if isinstance(state, dict) else state if isinstance(state, list) else ()
    return [tensor for value in values for tensor in _tensors(value)]


@pytest.mark.parametrize("name", LEARNERS)
def test_killed_and_resumed_is_undisturbed(
    name: str, reader: ChunkReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_SAVE_EVERY", 0.0)
    undisturbed = LEARNERS[name](reader)
    loop.run(undisturbed, 6, 7, tmp_path / "undisturbed")
    for stop in (2, 5):
        with pytest.raises(Killed):
            loop.run(LEARNERS[name](reader), 6, 7, tmp_path / "killed", _kill_at(stop))
    resumed = LEARNERS[name](reader)
    steps: list[int] = []
    loop.run(resumed, 6, 7, tmp_path / "killed", lambda step, metrics: steps.append(step))
    assert steps == [5, 6]  # the fifth was not saved
    pairs = list(zip(_tensors(undisturbed.state()), _tensors(resumed.state()), strict=True))
    assert pairs and all(torch.equal(one, other) for one, other in pairs)
    other = LEARNERS[name](reader)
    loop.run(other, 6, 8, tmp_path / "other")
    assert not all(
        torch.equal(a, b) for a, b in zip(_tensors(undisturbed.state()), _tensors(other.state()), strict=True)
    )


def test_a_finished_run_does_nothing(tmp_path: Path) -> None:
    first, again = Toy(), Toy()
    loop.run(first, 4, 0, tmp_path)
    written = (tmp_path / loop.STATE).stat().st_mtime_ns
    loop.run(again, 4, 0, tmp_path, _kill_at(1))
    assert torch.equal(first.weight, again.weight)
    assert (tmp_path / loop.STATE).stat().st_mtime_ns == written
    loop.run(again, 6, 0, tmp_path)
    longer = Toy()
    loop.run(longer, 6, 0, tmp_path / "longer")
    assert torch.equal(again.weight, longer.weight)


def test_logs_for_tensorboard(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    seen: dict[int, dict[str, float]] = {}
    loop.run(Toy(), 60, 0, tmp_path, lambda step, metrics: seen.update({step: metrics}))
    events = EventAccumulator(str(tmp_path / "logs")).Reload()
    assert events.Tags()["scalars"] == ["size", "first"]
    logged = {event.step: event.value for event in events.Scalars("size")}
    assert logged.keys() == {0, 50, 59}
    assert {step - 1 for step, metrics in seen.items() if metrics} == {0, 50, 59}
    assert logged[59] == pytest.approx(seen[60]["size"])


def test_randomness_follows_from_seed_and_step() -> None:
    draws = [
        (numbers.random(), torch.rand(1, generator=noise).item())
        for numbers, noise in (loop.generators(*key) for key in ((3, 5), (3, 5), (3, 6), (4, 5)))
    ]
    assert draws[0] == draws[1]
    assert len({number for number, _ in draws}) == len({number for _, number in draws}) == 3


def test_other_sizes_cannot_go_on(reader: ChunkReader, tmp_path: Path) -> None:
    loop.run(_cloning(reader), 1, 0, tmp_path)
    wider = CloningConfig(steps=6, batch=8, network=replace(TINY, width=32))
    with pytest.raises(RuntimeError, match="size mismatch"):
        loop.run(Cloning(wider, reader, np.arange(6)), 6, 0, tmp_path)
