"""The committed sample of demonstrations is whole, small and worth looking at."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import lacelab.assets
from lacelab.agents.data import layout
from lacelab.agents.data.arrays import episode_column, open_arrays, retry_keyframes
from lacelab.agents.data.files import read_checksums, read_json
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import IMAGES
from lacelab.agents.data.validate import validate
from lacelab.agents.data.video import decode
from lacelab.envs.language import encode

SAMPLE = Path(lacelab.assets.__file__).parent / "demonstrations" / "sample"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy: reading leaves arrays behind."""
    return Path(shutil.copytree(SAMPLE, tmp_path_factory.mktemp("sample") / "sample"))


def test_it_is_whole_and_small() -> None:
    assert validate(SAMPLE) == []
    sizes = [(SAMPLE / name).stat().st_size for name in read_checksums(SAMPLE)]
    assert max(sizes) < 6e6 and sum(sizes) < 12e6


def test_it_holds_successes_and_mistakes(root: Path) -> None:
    success = episode_column(root, "success")
    assert 0 < sum(map(bool, success)) and open_arrays(root).success.tolist() == success
    assert len(set(episode_column(root, "operator"))) > 1
    frames = retry_keyframes(root)
    lengths = episode_column(root, "length")
    assert any(frames) and all(0 < f <= n for marks, n in zip(frames, lengths, strict=True) for f in marks)  # type: ignore[operator]


def test_it_can_be_trained_on(root: Path) -> None:
    batch = next(ChunkReader.open(root).shuffled(64, np.random.default_rng(0)))
    assert batch.actions.shape == (64, 16, 14) and np.abs(batch.actions).max() <= 1.0
    observation = batch.observation()
    assert all(np.isfinite(values).all() for values in observation.values())
    instructions = {tuple(encode(str(text))) for text in episode_column(root, "instruction")}
    plain = {tuple(tokens) for tokens in observation["instruction"][~batch.mirrored]}
    assert plain <= instructions


@pytest.mark.parametrize("key", sorted(IMAGES.values()))
def test_pictures_are_those_of_the_statistics(root: Path, key: str) -> None:
    """Compression moves the mean of a camera by less than one step of brightness."""
    names = sorted(name for name in read_checksums(root) if name.startswith(f"videos/{key}/"))
    pictures = [picture for name in names for picture in decode(root / name)]
    stats = read_json(root / layout.STATS)[key]
    mean = np.mean(pictures, axis=(0, 1, 2)) / 255
    assert mean == pytest.approx(np.ravel(stats["mean"]), abs=1 / 255)
    assert len(pictures) == stats["count"][0] and np.ravel(stats["std"]).min() > 0.02
