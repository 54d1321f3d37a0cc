"""Histograms of a dataset as one SVG picture."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from .demonstrations import Labels, flaw_counts
from .files import replacing

_WIDTH, _LEFT, _TOP, _BAR = 420, 120, 34, 17  # of a panel, of its names, of its title, of a bin
_SECONDS = 2.5  # width of a bin of durations


def draw_histograms(episodes: Sequence[Mapping[str, Any]], labels: Labels, out: Path) -> None:
    """Draw durations, retries, flaws and operators side by side."""
    panels = [
        ("duration, s", _durations([float(row["duration"]) for row in episodes])),
        ("episodes by retries", {str(k): v for k, v in sorted(Counter(row["retries"] for row in episodes).items())}),
        ("flawed frames", {name: count for name, count in flaw_counts(labels).items() if name != "none"}),
        ("episodes by operator", dict(sorted(Counter(row["operator"] for row in episodes).items()))),
    ]
    parts = [_panel(title, counts, number * _WIDTH) for number, (title, counts) in enumerate(panels)]
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" font-family="sans-serif" font-size="12">'
        '<rect width="100%" height="100%" fill="white"/>'
    ).format(_WIDTH * len(panels), _TOP + _BAR * max(len(counts) for _, counts in panels) + 10)
    with replacing(out) as temporary:
        temporary.write_text(head + Markup("").join(parts) + Markup("</svg>\n"))


def _durations(seconds: list[float]) -> dict[str, int]:
    """Count durations in bins that hold all of them."""
    low, high = (np.floor(min(seconds) / _SECONDS), np.floor(max(seconds) / _SECONDS) + 1)
    counts, edges = np.histogram(seconds, np.arange(low, high + 1) * _SECONDS)
    names = [f"{left:g} to {right:g}" for left, right in pairwise(edges)]
    return dict(zip(names, counts.tolist(), strict=True))


def _panel(title: str, counts: Mapping[str, int], x: int) -> Markup:
    """Draw one histogram with a line per bin."""
    largest = max(counts.values(), default=0) or 1
    bars = [Markup('<text x="{}" y="20" font-size="14">{}</text>').format(x + 10, title)]
    for number, (name, count) in enumerate(counts.items()):
        y, length = _TOP + _BAR * number, (_WIDTH - _LEFT - 50) * count / largest
        bars.append(
            Markup(
                '<text x="{}" y="{}" text-anchor="end">{}</text>'
                '<rect x="{}" y="{}" width="{:.1f}" height="{}" fill="#4c78a8"/><text x="{:.1f}" y="{}">{}</text>'
            ).format(
                x + _LEFT - 6, y + 12, name, x + _LEFT, y + 2, length, _BAR - 4, x + _LEFT + length + 4, y + 12, count
            )
        )
    return Markup("").join(bars)
