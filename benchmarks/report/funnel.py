"""The stage funnel as an inline SVG picture."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from ..statistics import Proportion, StageRate

_WIDTH = 420
_LABEL = 76  # left of the bars
_VALUE = 64  # right of the bars
_ROW = 28
_BAR = 15
_SPAN = _WIDTH - _LABEL - _VALUE


def draw_funnel(funnel: Sequence[StageRate], success: Proportion) -> Markup:
    """Draw one bar per stage and one for success, with Wilson intervals as whiskers."""
    rates = [*((stage, reached, "stage") for stage, reached in funnel), ("success", success, "success")]
    height = _ROW * len(rates) + 22
    bars = Markup("").join(_draw_bar(place * _ROW, *rate) for place, rate in enumerate(rates))
    label = "; ".join(f"{name} {reached.successes} of {reached.trials}" for name, reached, _ in rates)
    head = Markup('<svg class="funnel" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(_WIDTH, height, label)
    return head + _draw_axis(_ROW * len(rates)) + bars + Markup("</svg>")


def _draw_bar(top: int, name: str, reached: Proportion, kind: str) -> Markup:
    middle = top + _ROW / 2
    rate = reached.rate if reached.trials else 0.0
    low, high = (_LABEL + _SPAN * bound for bound in reached.wilson)
    return Markup(
        '<g class="{kind}"><text x="{text}" y="{baseline}" text-anchor="end">{name}</text>'
        '<rect x="{left}" y="{bar_top}" width="{width:.1f}" height="{bar}" rx="3"/>'
        '<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {up}v10M{high:.1f} {up}v10"/>'
        '<text x="{value}" y="{baseline}">{percent:.1f} %</text></g>'
    ).format(
        kind=kind,
        text=_LABEL - 8,
        baseline=middle + 5,
        name=escape(name),
        left=_LABEL,
        bar_top=middle - _BAR / 2,
        width=_SPAN * rate,
        bar=_BAR,
        low=low,
        high=high,
        middle=middle,
        up=middle - 5,
        value=_WIDTH - _VALUE + 8,
        percent=100 * rate,
    )


def _draw_axis(bottom: int) -> Markup:
    line = Markup(
        '<path class="grid" d="M{x} 0V{y}"/><text class="tick" x="{x}" y="{t}" text-anchor="middle">{m}</text>'
    )
    marks = [(_LABEL + _SPAN * share, f"{share:.0%}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    return Markup("").join(line.format(x=x, y=bottom, t=bottom + 17, m=mark) for x, mark in marks)
