"""A small dataset of made up recordings."""

from pathlib import Path

import pytest
import recordings

from lacelab.agents.data.recording import Recording
from lacelab.agents.data.schema import FORMAT
from lacelab.agents.data.writer import write_dataset

MANIFEST = {"format": FORMAT, "task": "ThreadEyelet", "difficulty": "standard"}


@pytest.fixture(scope="session")
def episodes() -> list[Recording]:
    """Return six recordings; 0 and 3 were started over once."""
    return [recordings.make(seed) for seed in range(6)]


@pytest.fixture
def root(tmp_path: Path, episodes: list[Recording]) -> Path:
    """Write them; return the dataset's folder."""
    folder = tmp_path / "dataset"
    write_dataset(folder, episodes, MANIFEST)
    return folder
