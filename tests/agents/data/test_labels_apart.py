"""The truth is for evaluation: nothing that trains can read it."""

import ast
import shutil
from pathlib import Path

import numpy as np
import pytest

from lacelab.agents.data import layout
from lacelab.agents.data.arrays import open_arrays, retry_keyframes
from lacelab.agents.data.reader import ChunkReader

AGENTS = Path(__file__).parents[3] / "agents"
MAKERS = {  # They make, write or check labels; none of them trains.
    *(AGENTS / "demonstrator").glob("*.py"),
    *(AGENTS / "data" / f"{name}.py" for name in ("layout", "record", "recording", "tables", "validate", "writer")),
}
TRAINING = sorted(set(AGENTS.rglob("*.py")) - MAKERS)
TRUTH = {"LABELS", "labels", "flaw", "label_table", "label_frames", "true_progress", "Flaw", "flaws", "read_labels"}


def words(source: str) -> set[str]:
    """Return all names, attributes, imported names and whole strings of a source, and the first folder of paths."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                found.add(name)
            case ast.ImportFrom(module=module, names=names):
                found |= {*(module or "").split("."), *(alias.name for alias in names)}
            case ast.Import(names=names):
                found |= {part for alias in names for part in alias.name.split(".")}
            case ast.Constant(value=str(text)):
                found.add(text.split("/")[0])
    return found


@pytest.mark.parametrize("path", TRAINING, ids=lambda path: str(path.relative_to(AGENTS)))
def test_training_code_does_not_name_the_truth(path: Path) -> None:
    assert not words(path.read_text()) & TRUTH


@pytest.mark.parametrize(
    "source",
    [
        "from .data.layout import LABELS",
        "from .data import layout\nread(layout.LABELS)",
        "open('labels/chunk-000/file-000.parquet')",
        "row['flaw']",
        "from .demonstrator.flaws import Flaw",
        "import lacelab.agents.demonstrator.flaws",
        "from .data.tables import label_table as table",
    ],
)
def test_the_check_would_notice(source: str) -> None:
    assert words(source) & TRUTH


def test_makers_exist() -> None:
    assert all(path.is_file() for path in MAKERS) and (AGENTS / "data" / "reader.py") in TRAINING


def test_reading_does_not_need_the_labels(root: Path) -> None:
    shutil.copytree(root, root.parent / "bare")
    bare = root.parent / "bare"
    shutil.rmtree(bare / "labels")
    index, plain = np.arange(10), np.zeros(10, bool)
    one, other = (ChunkReader.open(folder).read(index, plain) for folder in (root, bare))
    assert np.array_equal(one.actions, other.actions)
    assert all(np.array_equal(one.features[name], other.features[name]) for name in one.features)
    assert retry_keyframes(root) == retry_keyframes(bare)


def test_labels_are_not_among_the_frames(root: Path) -> None:
    arrays = open_arrays(root)
    assert not set(arrays.vectors) & TRUTH
    assert layout.LABELS.split("/")[0] != layout.DATA.split("/")[0]
