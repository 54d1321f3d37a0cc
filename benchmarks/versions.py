"""What a result was made with."""

import functools
import hashlib
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
    """Return the commit of the checkout, with a digest of what was changed since; None outside a checkout."""
    root = Path(__file__).resolve().parents[1]
    found = _git(root, "rev-parse", "--show-toplevel", "HEAD").split()
    if len(found) != 2 or Path(found[0]) != root:
        return None
    changes = _git(root, "diff", "HEAD", "--", ".", ":(exclude)benchmarks/results")
    return found[1] + (f"-dirty-{hashlib.sha256(changes.encode()).hexdigest()[:8]}" if changes else "")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.decode(errors="replace")
