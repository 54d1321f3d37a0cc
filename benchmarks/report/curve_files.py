"""Read learning curves: of our online learning as it leaves them, and of anybody as JSON lines."""

import glob
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..exceptions import OptionsError, ResumeError
from .curves import Curve


def find_curves(sources: Sequence[str]) -> list[Curve]:
    """Read files of curves.

    Args:
        sources: a file each, or `METHOD=PATTERN`: what the pattern matches are training seeds of the method.

    Raises:
        OptionsError: a pattern matches nothing.
        ResumeError: a file cannot be read or holds something else.
    """
    found: list[Curve] = []
    for source in sources:
        method, sign, pattern = source.partition("=")
        if not sign or Path(source).exists():
            found += read_curves(Path(source))
            continue
        paths = sorted(glob.glob(pattern, recursive=True))
        if not paths:
            raise OptionsError(f"Method '{method}' has no learning curves: '{pattern}' matches no file.")
        found += [curve._replace(method=method) for path in paths for curve in read_curves(Path(path))]
    return found


def read_curves(path: Path) -> list[Curve]:
    """Read the curves of a file: those of `lacelab train` (`curve.json`), or JSON lines.

    A line is `{"run": name, "step": number, "success": rate}`. With `"method": name` the runs of a method are training
    seeds and get a mean; with `"episodes": number` the legend says how many are behind a point.

    Raises:
        ResumeError: the file cannot be read or holds something else.
    """
    try:
        text = path.read_text()
        return [_read_rounds(path, text)] if text.lstrip().startswith("[") else _read_lines(text)
    except OSError as error:
        raise ResumeError(f"Cannot read '{path}': {error.strerror}.") from error
    except (KeyError, TypeError, AttributeError, ValueError, ZeroDivisionError) as error:
        raise ResumeError(f"'{path}' holds no learning curves: {error}.") from error


def _read_rounds(path: Path, text: str) -> Curve:
    """Read the rounds of online learning: successes of those tried, after so many episodes."""
    entries = [
        {"step": entry["episodes"], "success": entry["successes"] / entry["tried"], "episodes": entry["tried"]}
        for entry in json.loads(text)
    ]
    return _curve("", path.resolve().parent.name, entries, "episodes")


def _read_lines(text: str) -> list[Curve]:
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in text.splitlines():
        entry = json.loads(line)
        runs.setdefault((str(entry.get("method", "")), str(entry["run"])), []).append(entry)
    return [_curve(method, name, entries, "steps") for (method, name), entries in runs.items()]


def _curve(method: str, name: str, entries: list[dict[str, Any]], unit: str) -> Curve:
    points = sorted((float(entry["step"]), float(entry["success"])) for entry in entries)
    for _, rate in points:
        if not 0 <= rate <= 1:
            raise ValueError(f"{rate:g} is no rate")
    counts = {entry.get("episodes") for entry in entries}
    return Curve(name, points, method, counts.pop() if len(counts) == 1 else None, unit)
