"""The wheel works on its own, away from the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUILD = "import setuptools.build_meta as backend, sys; print(backend.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the sources and unpack it."""
    sources = tmp_path_factory.mktemp("sources") / "lacelab"
    skipped = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "demo", "results")
    shutil.copytree(ROOT, sources, symlinks=True, ignore=skipped)
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=sources, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.mark.slow
def test_wheel_holds_every_module_and_nothing_else_at_the_top(unpacked: Path) -> None:
    assert {path.name for path in unpacked.iterdir() if path.suffix != ".dist-info"} == {"lacelab"}
    assert list(unpacked.glob("*.dist-info/licenses/LICENSE"))
    packed = {path.relative_to(unpacked / "lacelab") for path in (unpacked / "lacelab").rglob("*.*") if path.is_file()}
    folders = ("envs", "assets", "agents", "benchmarks", "real_robot")
    modules = {path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py")}
    assert modules <= packed and Path("benchmarks/report/page.html.jinja") in packed and Path("py.typed") in packed


@pytest.mark.slow
def test_wheel_runs(unpacked: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    arguments = ["eval", "--task", "PickLace", "--policy", "noop", "--seeds", "0:1"]
    code = f"import lacelab.cli; print(lacelab.__file__); raise SystemExit(lacelab.cli.main({arguments}))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(unpacked)) and "0/1" in done.stdout and done.stderr == ""
