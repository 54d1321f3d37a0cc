"""A small dataset of made up recordings, and tiny sizes."""

import pytest
import recordings

from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.data.schema import FORMAT
from lacelab.agents.data.writer import write_dataset


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> ChunkReader:
    """Return chunks of three of six recordings."""
    folder = tmp_path_factory.mktemp("training") / "dataset"
    episodes = [recordings.make(seed, length=12) for seed in range(6)]
    write_dataset(folder, episodes, {"format": FORMAT, "task": "ThreadEyelet", "difficulty": "standard"})
    return ChunkReader.open(folder, chunk=3)
