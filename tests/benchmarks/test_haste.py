"""Whether critics prefer haste, of networks that know nothing, and of a critic that does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from synthetic_frames import synthetic_rows
from tiny_run import write_untrained

from lacelab.agents import pace, rollouts
from lacelab.agents.data.files import read_json
from lacelab.agents.exceptions import CheckpointError
from lacelab.agents.rollouts import Rollout, RolloutSpec
from lacelab.benchmarks import chunk_values, haste
from lacelab.benchmarks.haste import Haste


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run of random networks, whose hands move."""

    def fake(spec: RolloutSpec) -> Rollout:
        return Rollout(synthetic_rows(10, np.random.default_rng(spec.seed)), np.eye(10, dtype=np.float32)[-1], 5)

    monkeypatch.setattr(rollouts, "roll_out", fake)
    monkeypatch.setattr(pace, "MOVES", 0.0)  # random networks do not lead hands far
    write_untrained(tmp_path)
    return tmp_path


def test_critics_are_compared_with_haste(run: Path) -> None:
    out = run / "haste.json"
    measure = Haste(run, out, states=30, chunks=4)
    measure.run()
    found = read_json(out)
    assert (found["states"], found["chunks"]) == (30, 4) and "selected" not in found
    assert -1.0 <= found["offline"]["low"] <= found["offline"]["correlation"] <= found["offline"]["high"] <= 1.0
    measure.run()
    assert read_json(out) == found


def test_a_critic_that_values_haste_is_found_out(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hasty:
        """Values a chunk by how far it leads."""

        def context(self, seen: Any) -> list[Any]:
            self.seen = seen
            return []

        def judge(self, context: Any, chunks: torch.Tensor) -> torch.Tensor:
            states = len(self.seen["target_position"])
            advance = haste.ways(self.seen, chunks.unflatten(0, (states, -1))).advance
            return advance.flatten()[None, :, None, None].expand(1, -1, chunks.shape[1], 1)

    class Itself:
        """The value is the output."""

        def value(self, outputs: torch.Tensor) -> torch.Tensor:
            return outputs[..., 0]

    monkeypatch.setattr(chunk_values, "load_critic", lambda path: (Hasty(), Itself()))
    Haste(run, run / "haste.json", states=30, chunks=4).run()
    assert read_json(run / "haste.json")["offline"]["correlation"] == pytest.approx(1.0)


def test_without_a_run_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        Haste(tmp_path, tmp_path / "out.json").run()
    assert list(tmp_path.iterdir()) == []
