"""What a result was made with."""

import functools
import importlib.metadata
import platform
import subprocess
from pathlib import Path

import lacelab

ENGINES = ("mujoco", "dm_control", "numpy")


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions of everything that can change a result, and the machine's architecture."""
    return {
        "lacelab": lacelab.__version__,
        **{name: importlib.metadata.version(name) for name in ENGINES},
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


@functools.cache
def git_commit() -> str | None:
    """Return the commit of the checkout, marked '-dirty' if the code was changed since; None outside a checkout."""
    root = Path(__file__).resolve().parents[1]
    found = _git(root, "rev-parse", "--show-toplevel", "HEAD").stdout.split()
    if len(found) != 2 or Path(found[0]) != root:
        return None
    changed = _git(root, "diff", "--quiet", "HEAD", "--", ".", ":(exclude)benchmarks/results").returncode != 0
    return found[1] + ("-dirty" if changed else "")


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return subprocess.CompletedProcess(arguments, 1, "", "")
