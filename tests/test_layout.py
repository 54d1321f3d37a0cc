"""The rules of the folder layout."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("envs", "assets", "agents", "benchmarks", "real_robot")
FILES = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]


def absolute_imports(path: Path) -> list[str]:
    """Return the modules which a file imports absolutely."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules.append(node.module or "")
    return modules


@pytest.mark.parametrize("folder", FOLDERS)
def test_link(folder: str) -> None:
    link = ROOT / "src" / "lacelab" / folder
    assert link.is_symlink() and link.resolve() == ROOT / folder


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports(path: Path) -> None:
    """Files import their own folder relatively, other folders as lacelab.<folder>."""
    own = f"lacelab.{path.relative_to(ROOT).parts[0]}"
    for module in absolute_imports(path):
        assert module.split(".")[0] not in FOLDERS, f"'{module}' is a second copy of 'lacelab.{module}'."
        assert module != own and not module.startswith(own + "."), f"Import '{module}' relatively."
