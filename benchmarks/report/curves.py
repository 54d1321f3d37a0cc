"""Learning curves as an inline SVG picture."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from ..exceptions import ResumeError

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _BOTTOM, _TOP = 640, 260, 40, 12, 24, 10
_COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2")


class Curve(NamedTuple):
    """Success rates of one training run."""

    name: str
    points: list[tuple[float, float]]  # (step, rate)


def read_curves(path: Path) -> list[Curve]:
    """Read JSON lines `{"run": name, "step": number, "success": rate}`, one for each evaluation of a training run.

    Raises:
        ResumeError: the file cannot be read, or a line is another one.
    """
    curves: dict[str, list[tuple[float, float]]] = {}
    try:
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            curves.setdefault(str(entry["run"]), []).append((float(entry["step"]), float(entry["success"])))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ResumeError(f"'{path}' holds no learning curves: {error}.") from error
    return [Curve(name, sorted(points)) for name, points in curves.items()]


def draw_curves(curves: Sequence[Curve]) -> Markup:
    """Draw one line for each run, rates from 0 to 100 %."""
    most = max((step for curve in curves for step, _ in curve.points), default=1.0) or 1.0
    lines = [_line(curve, most, _COLOURS[index % len(_COLOURS)], index) for index, curve in enumerate(curves)]
    head = Markup('<svg class="curves" viewBox="0 0 {} {}" role="img" aria-label="success over training steps">')
    return head.format(_WIDTH, _HEIGHT) + _axes(most) + Markup("").join(lines) + Markup("</svg>")


def _place(step: float, rate: float, most: float) -> tuple[float, float]:
    x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * step / most
    return x, _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - rate)


def _line(curve: Curve, most: float, colour: str, index: int) -> Markup:
    places = [_place(step, rate, most) for step, rate in curve.points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    legend = Markup('<text x="{}" y="{}" style="fill:{}">{}</text>').format(
        _LEFT + 8, _TOP + 14 + 14 * index, colour, curve.name
    )
    return Markup('<path d="{}" stroke="{}"/>').format(path, colour) + legend


def _axes(most: float) -> Markup:
    marks = Markup("")
    for rate in (0.0, 0.5, 1.0):
        x, y = _place(0, rate, most)
        marks += Markup('<path d="M{} {:.1f}H{}" stroke="currentColor" stroke-opacity=".15"/>').format(x, y, _WIDTH)
        marks += Markup('<text x="{}" y="{:.1f}" text-anchor="end">{:.0%}</text>').format(x - 5, y + 4, rate)
    end = Markup('<text x="{}" y="{}" text-anchor="end">{:g} steps</text>').format(_WIDTH - _RIGHT, _HEIGHT - 6, most)
    return marks + end
