"""Kill a collection of demonstrations with SIGKILL at random moments, and compare it with one that was left alone.

python -m lacelab.benchmarks.collection_kill_test --out benchmarks/results/collection_kills.json
"""

import hashlib
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from lacelab.agents.data import layout
from lacelab.agents.data.validate import validate

from .files import write_json
from .kill_test import kill_often, start_lacelab
from .program import start
from .versions import git_commit, versions


@dataclass(frozen=True)
class CollectionKillTest:
    """Kill a collection at random moments; exit code 1 if it does not end in the bytes of an undisturbed one."""

    task: str = "PickLace"
    """Task to demonstrate."""
    difficulty: str = "easy"
    """easy, standard or hard."""
    episodes: int = 12
    """Number of demonstrations."""
    kills: int = 20
    """Number of interruptions."""
    workers: int = 2
    """Number of processes."""
    seed: int = 0
    """Of the moments."""
    out: Path | None = None
    """Where to write what happened as JSON."""

    def run(self) -> int:
        """Collect calmly, then with interruptions, and compare."""
        with tempfile.TemporaryDirectory() as name:
            calm, killed = Path(name) / "calm", Path(name) / "killed"
            start = time.perf_counter()
            self._start(calm).wait()
            duration = time.perf_counter() - start
            kills = kill_often(lambda: self._start(killed), lambda: _done(killed), self.kills, self.seed, duration)
            self._start(killed).wait()
            same = _digests(calm) == _digests(killed) and bool(_digests(calm)) and not validate(killed)
            files = len(_digests(calm))
        result = "the same bytes" if same else "OTHER BYTES"
        print(f"{len(kills)} kills, {self.episodes} episodes, {files} files, {result}")
        if self.out is not None:
            settings = {key: value for key, value in asdict(self).items() if key != "out"}
            found = {"files": files, "same_bytes": same, "moments": [kill._asdict() for kill in kills]}
            write_json(self.out, settings | found | {"versions": versions(), "commit": git_commit()})
        return int(not same)

    def _start(self, out: Path) -> subprocess.Popen[bytes]:
        wanted = ["--task", self.task, "--difficulty", self.difficulty, "--episodes", str(self.episodes)]
        return start_lacelab(["data", "collect", *wanted, "--workers", str(self.workers), "--out", str(out)])


def _done(root: Path) -> int:
    return len(list((root / layout.STAGING).glob("episode-*.npz")))


def _digests(root: Path) -> dict[str, str]:
    """Return the digest of every file, leftovers included."""
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


if __name__ == "__main__":
    start(CollectionKillTest)
