"""Learning curves as an inline SVG picture: a thin line for each training run, a thick one for the mean of a method."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _BOTTOM, _TOP = 640, 260, 40, 12, 24, 10
_LINE = 16  # of the legend
_COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2")
Points = list[tuple[float, float]]  # (step, rate)


class Curve(NamedTuple):
    """Success rates of one training run."""

    name: str
    points: Points
    method: str = ""  # what was trained, with several seeds; empty if only once
    episodes: int | None = None  # behind each point, if they are as many everywhere
    unit: str = "steps"  # of the axis


def draw_curves(curves: Sequence[Curve]) -> Markup:
    """Draw all curves, rates from 0 to 100 %, and below who is who."""
    most = max((step for curve in curves for step, _ in curve.points), default=1.0) or 1.0
    groups: dict[str, list[Curve]] = {}
    for curve in curves:
        groups.setdefault(curve.method or curve.name, []).append(curve)
    drawn = Markup("")
    for index, (name, found) in enumerate(groups.items()):
        drawn += _draw_group(name, found, most, _COLOURS[index % len(_COLOURS)], index)
    height = _HEIGHT + _LINE * len(groups)
    head = Markup('<svg class="curves" viewBox="0 0 {} {}" role="img" aria-label="success over training">')
    return head.format(_WIDTH, height) + _axes(most, curves[0].unit) + drawn + Markup("</svg>")


def mean_curve(curves: Sequence[Curve]) -> Points:
    """Return the mean over runs at the steps that all of them have."""
    runs = [dict(curve.points) for curve in curves]
    steps = sorted(set.intersection(*(set(run) for run in runs)))
    return [(step, float(np.mean([run[step] for run in runs]))) for step in steps]


def _draw_group(name: str, curves: list[Curve], most: float, colour: str, index: int) -> Markup:
    several = len(curves) > 1
    lines = [_line(curve.points, most, colour, 1.0 if several else 2.5, 0.45 if several else 1.0) for curve in curves]
    if several:
        lines.append(_line(mean_curve(curves), most, colour, 2.5, 1.0))
    counts = {curve.episodes for curve in curves}
    notes = [f"mean of {len(curves)} training seeds"] if several else []
    notes += [f"{count} episodes a point" for count in counts if count is not None and len(counts) == 1]
    label = ": ".join([name, ", ".join(notes)] if notes else [name])
    y = _HEIGHT + _LINE * index + 10
    swatch = Markup('<path d="M{} {}h18" stroke="{}" stroke-width="3"/>').format(_LEFT, y - 4, colour)
    return Markup("").join(lines) + swatch + Markup('<text x="{}" y="{}">{}</text>').format(_LEFT + 24, y, label)


def _place(step: float, rate: float, most: float) -> tuple[float, float]:
    x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * step / most
    return x, _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - rate)


def _line(points: Points, most: float, colour: str, width: float, opacity: float) -> Markup:
    places = [_place(step, rate, most) for step, rate in points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places) if places else ""
    return Markup('<path d="{}" stroke="{}" stroke-width="{}" opacity="{}"/>').format(path, colour, width, opacity)


def _axes(most: float, unit: str) -> Markup:
    marks = Markup("")
    for rate in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _place(0, rate, most)
        marks += Markup('<path d="M{} {:.1f}H{}" stroke="currentColor" stroke-opacity=".15"/>').format(x, y, _WIDTH)
        marks += Markup('<text x="{}" y="{:.1f}" text-anchor="end">{:.0%}</text>').format(x - 5, y + 4, rate)
    end = Markup('<text x="{}" y="{}" text-anchor="end">{:,.0f} {}</text>').format(
        _WIDTH - _RIGHT, _HEIGHT - 6, most, unit
    )
    return marks + end
