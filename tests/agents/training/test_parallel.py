"""Several processes learn as one."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import recordings
import torch
from observations import TINY
from torch import nn

from lacelab.agents import checkpoint
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import FORMAT
from lacelab.agents.data.writer import write_dataset
from lacelab.agents.training import parallel
from lacelab.agents.training.cloning import Cloning, CloningConfig, load_policy
from lacelab.agents.training.samples import draw

ROOT = Path(__file__).parents[3]


def _torchrun(*arguments: str) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests" / "fakes")])
    environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "-m", "cloning_process", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_two_processes_have_the_same_weights_and_go_on(tmp_path: Path) -> None:
    write_dataset(
        tmp_path / "data", [recordings.make(seed, length=12) for seed in range(3)],
        {"format": FORMAT, "task": "ThreadEyelet", "difficulty": "standard"},
    )  # fmt: skip
    for steps in ("2", "4"):
        _torchrun(str(tmp_path / "data"), str(tmp_path / "run"), steps)
    one, other = (torch.load(tmp_path / "run" / f"{rank}.pt") for rank in (0, 1))
    assert all(torch.equal(one[name], other[name]) for name in one)
    reader = ChunkReader.open(tmp_path / "data", chunk=TINY.chunk)
    begun = Cloning(CloningConfig(network=TINY), reader, np.arange(len(reader.arrays))).network.state_dict()
    assert any(not torch.equal(begun[name], value) for name, value in one.items())
    assert load_policy(tmp_path / "run" / "policy.safetensors").config == TINY
    assert torch.load(tmp_path / "run" / "state.pt")["step"] == 4
    assert len(list((tmp_path / "run" / "logs").iterdir())) == 2  # of the first process only, one for each start


def test_shares_make_up_the_batch(reader: ChunkReader) -> None:
    frames = np.arange(len(reader.arrays))
    shares = (slice(0, None, 2), slice(1, None, 2))
    whole, *parts = (draw(reader, frames, 9, 0.5, np.random.default_rng(0), part) for part in (slice(None), *shares))
    for share, part in zip(shares, parts, strict=True):
        assert np.array_equal(whole.index[share], part.index) and np.array_equal(whole.mirrored[share], part.mirrored)
        assert np.array_equal(whole.actions[share], part.actions)


def test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    network = nn.Linear(1, 1)
    with parallel.joined():
        assert parallel.rank() == 0 and parallel.share() == slice(None)
        parallel.wait()
        assert parallel.averaged(network, network.forward) == network.forward


def test_a_cpu_keeps_its_precision() -> None:
    with checkpoint.precision(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
