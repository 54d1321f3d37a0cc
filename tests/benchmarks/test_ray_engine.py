"""Rows from a Ray cluster of two nodes are those of processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lacelab.benchmarks import ray_engine
from lacelab.benchmarks.evaluate import Evaluation, evaluate
from lacelab.benchmarks.exceptions import WorkerError
from lacelab.envs.exceptions import UnknownNameError

TWELVE = Evaluation("ThreadEyelet", "standard", "noop", tuple(range(12)), world="fake_world:make")
SCRIPT = """
import sys
from pathlib import Path
import ray
from lacelab.benchmarks.evaluate import Evaluation, evaluate
from lacelab.benchmarks.exceptions import WorkerError
from lacelab.benchmarks.same_rows import two_nodes

if __name__ == "__main__":
    with two_nodes():
        assert len(ray.nodes()) == 2
        twelve = Evaluation("ThreadEyelet", "standard", "noop", tuple(range(12)), world="fake_world:make")
        evaluate(twelve, out=Path(sys.argv[1]), workers=2, engine="ray")
        try:
            failing = Evaluation("ThreadEyelet", "standard", "fake_world:make_failing", (0,), world="fake_world:make")
            evaluate(failing, engine="ray")
        except WorkerError as error:
            print("refused:", error)
"""


@pytest.mark.slow
def test_two_nodes_make_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    here, there, script = tmp_path / "here.jsonl", tmp_path / "there.jsonl", tmp_path / "script.py"
    evaluate(TWELVE, out=here)
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "RAY_USAGE_STATS_ENABLED": "0"}
    command = [sys.executable, str(script), str(there)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "refused: Cannot set up ThreadEyelet for 'fake_world:make_failing': FileNotFoundError" in done.stdout
    assert here.read_bytes() == there.read_bytes()


def test_ray_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(WorkerError, match=r"Ray is not installed: pip install 'lacelab\[ray\]'."):
        ray_engine.connect()
    with pytest.raises(UnknownNameError, match="Unknown engine 'dask'. Valid: processes, ray."):
        evaluate(TWELVE, engine="dask")
