"""Collections are resumed, and end in the same bytes however they got there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import recordings

from lacelab.agents.data import collect as collecting
from lacelab.agents.data import layout, writer
from lacelab.agents.data.collect import Collection, collect
from lacelab.agents.data.exceptions import DatasetError
from lacelab.agents.data.files import CHECKSUMS, read_json
from lacelab.agents.data.recording import Recording
from lacelab.agents.data.tables import read_table
from lacelab.agents.data.validate import validate
from lacelab.agents.exceptions import CheckpointError
from lacelab.envs.exceptions import UnknownNameError

SIX = Collection(episodes=6)
VERSIONS = {"lacelab": "test"}
SCRIPT = """
import sys
from pathlib import Path
import recordings
from lacelab.agents.data.collect import Collection, collect

if __name__ == "__main__":
    collect(Collection(episodes=6), Path(sys.argv[1]), versions={"lacelab": "test"}, recorder=recordings.record_fake)
"""


def _collect(root: Path, collection: Collection = SIX, **options: Any) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    settings = {"versions": VERSIONS, "workers": 1, "recorder": recordings.record_fake} | options
    collect(collection, root, on_episode=seen.append, **settings)
    return seen


def _bytes(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a collection that nobody disturbed."""
    root = tmp_path_factory.mktemp("calm") / "dataset"
    _collect(root)
    return root


def test_the_dataset_is_whole_and_says_what_it_was_made_with(calm: Path) -> None:
    assert validate(calm) == [] and not (calm / layout.STAGING).exists()
    manifest = read_json(calm / layout.MANIFEST)
    assert manifest["versions"] == VERSIONS and manifest["task"] == "ThreadEyelet" and "novice" in manifest["operators"]
    seeds = read_table(calm / layout.EPISODES).column("seed").to_pylist()
    assert seeds == [1_000_000_000 + episode for episode in range(6)]


def test_the_number_of_workers_does_not_matter(calm: Path, tmp_path: Path) -> None:
    assert len(_collect(tmp_path / "two", workers=2)) == 6
    assert _bytes(tmp_path / "two") == _bytes(calm)


def test_a_finished_collection_is_left_alone(calm: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in calm.rglob("*")}
    assert _collect(calm) == []
    assert before == {path: path.stat().st_mtime_ns for path in calm.rglob("*")}


def test_a_worker_that_dies_loses_only_its_episode(calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "dataset"
    monkeypatch.setenv("FAKE_RECORDING_KILLS", "4")
    with pytest.raises(DatasetError, match="A worker died. The same command goes on from here."):
        _collect(root)
    staged = sorted(path.name for path in (root / layout.STAGING).glob("*.npz"))
    assert staged == [f"episode-{episode:06d}.npz" for episode in range(4)]
    monkeypatch.delenv("FAKE_RECORDING_KILLS")
    assert len(_collect(root)) == 6
    assert _bytes(root) == _bytes(calm)


@pytest.mark.parametrize("place", ["first table", "checksums"])
def test_a_run_killed_while_it_writes(place: str, calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "dataset"

    def die(folder: Path, *rest: Any) -> None:
        (folder / layout.DATA.split("/")[0] / "chunk-000").mkdir(parents=True, exist_ok=True)
        (folder / "data" / "chunk-000" / ".7.file-000.parquet").write_text("torn")
        (folder / f".7.{CHECKSUMS}").write_text("torn")
        raise KeyboardInterrupt

    monkeypatch.setattr(writer, "write_table" if place == "first table" else "write_checksums", die)
    with pytest.raises(KeyboardInterrupt):
        _collect(root)
    monkeypatch.undo()
    assert len(_collect(root)) == 6
    assert _bytes(root) == _bytes(calm)


def test_a_run_killed_before_its_manifest(calm: Path, tmp_path: Path) -> None:
    root = tmp_path / "dataset"
    (root / layout.STAGING).mkdir(parents=True)
    (root / layout.STAGING / ".7.manifest.json").write_text("{")
    _collect(root)
    assert _bytes(root) == _bytes(calm)


def test_a_killed_process_leaves_no_others(tmp_path: Path) -> None:
    script, root = tmp_path / "script.py", tmp_path / "dataset"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "FAKE_RECORDING_DELAY": "0.5"}
    process = subprocess.Popen([sys.executable, str(script), str(root)], env=environment, start_new_session=True)
    _wait_for(lambda: len(list((root / layout.STAGING).glob("*.npz"))) > 0)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _wait_for(lambda: not _group_lives(process.pid))


def _wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_another_collection_is_not_mixed_in(calm: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="was collected with episodes = 6, this run has 7. Choose another --out."):
        _collect(calm, Collection(episodes=7))
    with pytest.raises(DatasetError, match="was collected with versions = "):
        _collect(calm, versions={"lacelab": "other"})
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DatasetError, match=r"holds something else. Choose another --out."):
        _collect(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_torn_episode_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_RECORDING_KILLS", "2")
    with pytest.raises(DatasetError):
        _collect(tmp_path / "dataset")
    path = tmp_path / "dataset" / layout.STAGING / "episode-000001.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DatasetError, match=r"episode-000001.npz' is torn .* Delete it; the same command records it"):
        _collect(tmp_path / "dataset")


def test_recordings_are_what_was_staged(calm: Path) -> None:
    made: list[Recording] = [recordings.make(1_000_000_000 + episode) for episode in range(6)]
    assert read_table(calm / layout.EPISODES).column("length").to_pylist() == [len(recording) for recording in made]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"task": "ThreadEylet"}, "Unknown task 'ThreadEylet'. Did you mean 'ThreadEyelet'?"),
        ({"difficulty": "medium"}, "Unknown difficulty 'medium'."),
        ({"operator": "novise"}, "Unknown operator 'novise'. Did you mean 'novice'?"),
        ({"policy": "expret"}, "Unknown policy 'expret'. Did you mean 'expert'?"),
        ({"episodes": 0}, "Cannot collect 0 episodes from seed 0: valid are >= 1 and >= 0."),
        ({"seed": -1}, "Cannot collect 600 episodes from seed -1"),
    ],
)
def test_what_cannot_be_collected(options: dict[str, Any], text: str) -> None:
    with pytest.raises((UnknownNameError, DatasetError)) as error:
        Collection(**options)
    assert text in str(error.value)


def test_a_policy_is_part_of_the_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Collection(policy="noop").spec(3).policy == "noop"
    monkeypatch.setattr(collecting, "make_policy", lambda name, env: None)
    monkeypatch.setattr(collecting, "make_env", lambda *names: None)
    path = tmp_path / "policy.safetensors"
    path.write_bytes(b"one")
    chosen = Collection(episodes=6, policy=str(path))
    _collect(tmp_path / "dataset", chosen)
    path.write_bytes(b"another")
    with pytest.raises(DatasetError, match="was collected with policy_digest = "):
        _collect(tmp_path / "dataset", chosen)


@pytest.mark.parametrize(("policy", "text"), [("json:dumps", "TypeError"), ("junk.safetensors", "safetensors")])
def test_a_policy_that_cannot_act_is_refused_before_anything_is_written(
    policy: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("junk.safetensors").write_bytes(b"junk")
    with pytest.raises((DatasetError, CheckpointError), match=text):
        _collect(tmp_path / "dataset", Collection(episodes=6, policy=policy))
    assert not (tmp_path / "dataset").exists()
