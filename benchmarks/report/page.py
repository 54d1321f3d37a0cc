"""Rows in, one HTML file out: no network, no scripts, videos inside."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

from ..episode import Row
from ..files import write_atomically
from ..statistics import CONFIDENCE
from ..summary import Summary, failure_kind, summarize
from ..tables import interval, percent
from .curves import Curve, draw_curves
from .funnel import draw_funnel
from .leaderboard import Candidate, leaderboards, rate_of

_TEMPLATE = "page.html.jinja"
_MOST_EPISODES = 5000  # that are all listed; about 2 MB. Of more only those that failed.


class Film(NamedTuple):
    """A video of one episode."""

    path: Path  # MP4 with H.264
    caption: str
    poster: bytes = b""  # JPEG, shown until the video plays


class Section(NamedTuple):
    """What the page says about the rows of one task, difficulty, policy and settings."""

    title: str
    rows: Sequence[Row]
    command: str  # that reproduces the rows
    films: Sequence[Film] = ()
    candidate: Candidate | None = None  # by default the policy of the rows

    def ranked(self) -> Candidate:
        """Return what stands on the leaderboard."""
        return self.candidate or Candidate(self.rows[0]["policy"], [self.rows])


def write_page(path: Path, sections: Sequence[Section], commit: str | None, curves: Sequence[Curve] = ()) -> None:
    """Write the page of some evaluations, and of learning curves.

    Raises:
        OutputError: the file cannot be written.
    """
    write_atomically(path, build_page(sections, commit, curves).encode())


def build_page(sections: Sequence[Section], commit: str | None, curves: Sequence[Curve] = ()) -> str:
    """Return the page of some evaluations as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).resolve().parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    everything = sum(len(section.rows) for section in sections) <= _MOST_EPISODES
    environment.filters |= {"percent": percent, "interval": interval, "millimetres": _millimetres}
    return environment.get_template(_TEMPLATE).render(
        sections=[_fill(section, everything) for section in sections],
        boards=leaderboards([section.ranked() for section in sections if section.rows]),
        curves=draw_curves(curves) if curves else None,
        versions=_versions(sections),
        commit=commit,
        confidence=f"{100 * CONFIDENCE:.0f} %",
    )


def _fill(section: Section, everything: bool) -> dict[str, Any]:
    summary, candidate = summarize(section.rows), section.ranked()
    rate, bounds = rate_of(candidate)
    shown = [row for row in section.rows if everything or not row["success"]]
    return {
        **section._asdict(),
        "summary": summary,
        "rate": rate,
        "bounds": bounds,
        "trainings": len(candidate.trainings),
        "funnel": draw_funnel(summary.funnel, summary.success),
        "physics": _physics(summary),
        "everything": everything,
        "episodes": [_episode(row) for row in shown],
        "films": [(_base64(film.path.read_bytes()), film.caption, _base64(film.poster)) for film in section.films],
    }


def _physics(summary: Summary) -> list[tuple[str, str, str]]:
    """List what was measured as (name, value, remark)."""
    physics = summary.physics
    lines = [
        (name, f"{found.successes} of {found.trials}", f"at most {percent(found.clopper_pearson.high)}")
        for name, found in (("diverged", physics.diverged), ("invalid (tunnelled)", physics.invalid))
    ]
    if physics.penetration_p99_worst is not None:
        median = f"median episode {_millimetres(physics.penetration_p99_median)}"
        lines.append(("penetration, p99", _millimetres(physics.penetration_p99_worst), f"worst episode; {median}"))
    if physics.penetration_max is not None:
        lines.append(("penetration, deepest", _millimetres(physics.penetration_max), ""))
    if physics.stretch_max is not None:
        lines.append(("lace stretch, peak", percent(physics.stretch_max), "of its length"))
    if physics.tension_max is not None:
        lines.append(("lace tension, peak", f"{physics.tension_max:.1f} N", ""))
    return lines


def _episode(row: Row) -> dict[str, Any]:
    return {
        "seed": row["seed"],
        "policy": row["policy"],
        "outcome": row["outcome"],
        "completed": _completed(row),
        "duration": "" if row["duration"] is None else f"{row['duration']:.1f} s",
        "retries": "" if row["retries"] is None else str(row["retries"]),
        "note": _note(row),
        "instruction": row["instruction"] or "",
    }


def _note(row: Row) -> str:
    if row["success"]:
        return ""
    reason = f": {row['reason']}" if row["reason"] and row["outcome"] != "crashed" else ""
    return failure_kind(row) + reason


def _completed(row: Row) -> str:
    if row["task"] == "LaceShoe":
        return f"{row['eyelets_done'] or 0} eyelets"
    times = (row["stages"] or {}).items()
    return ", ".join(f"{name} {time:.1f}" for name, time in times if time is not None)


def _versions(sections: Sequence[Section]) -> dict[str, str]:
    """Merge the versions of all rows; more than one of a kind are all named."""
    found: dict[str, list[str]] = {}
    for row in (row for section in sections for row in section.rows):
        for name, version in row["versions"].items():
            if version not in found.setdefault(name, []):
                found[name].append(version)
    return {name: ", ".join(versions) for name, versions in found.items()}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _millimetres(length: float | None) -> str:
    return "" if length is None else f"{1e3 * length:.2f} mm"
