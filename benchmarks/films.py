"""Which episodes a page shows, and their videos: a success and one of each kind of failure."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lacelab.envs.exceptions import RenderingError

from .episode import Row
from .report import Film
from .summary import failure_kind
from .verify import spec_of
from .video import film_episode, poster

_UNFILMED = ("crashed",)  # Their last moments cannot be seen.


def pick_episodes(rows: Sequence[Row], most: int) -> list[Row]:
    """Return the shortest success and the shortest episode of each kind of failure, the most frequent kinds first."""
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        if row["outcome"] not in _UNFILMED:
            kinds.setdefault("" if row["success"] else failure_kind(row), []).append(row)
    ordered = sorted(kinds, key=lambda kind: (kind != "", -len(kinds[kind])))
    return [min(kinds[kind], key=lambda row: row["steps"]) for kind in ordered[:most]]


@contextmanager
def filming(
    evaluations: Sequence[Sequence[Row]],
    most: int,
    budget: int,
    on_frame: Callable[[], None] = lambda: None,
    on_problem: Callable[[str], None] = lambda message: None,
) -> Iterator[list[list[Film]]]:
    """Film episodes of each evaluation; the videos exist as long as the context.

    Args:
        evaluations: rows of one kind each.
        most: videos of each.
        budget: of all videos [bytes]; the first one that does not fit is the last.
        on_frame: called after each picture.
        on_problem: called with what is wrong with a policy that cannot be filmed here; the others are.

    Raises:
        RenderingError: no OpenGL backend works.
    """
    with tempfile.TemporaryDirectory() as folder:
        films: list[list[Film]] = [[] for _ in evaluations]
        wanted = [(index, row) for index, rows in enumerate(evaluations) for row in pick_episodes(rows, most)]
        for number, (index, row) in enumerate(wanted):
            path = Path(folder) / f"{number}.mp4"
            success = _film(row, path, on_frame, on_problem)
            if success is None:
                continue
            budget -= path.stat().st_size
            if budget < 0:
                break
            films[index].append(Film(path, _caption(row, success), poster(path)))
        yield films


def _film(row: Row, path: Path, on_frame: Callable[[], None], on_problem: Callable[[str], None]) -> bool | None:
    """Film an episode and return whether it succeeded; None if its policy does not run here."""
    try:
        return film_episode(spec_of(row), path, on_frame)
    except RenderingError:
        raise
    except Exception as error:  # noqa: BLE001 (policies are somebody else's; a page without their videos is a page)
        on_problem(f"No video of seed {row['seed']} with '{row['policy']}': {type(error).__name__}: {error}")
        return None


def _caption(row: Row, success: bool) -> str:
    ending = "Success" if row["success"] else failure_kind(row).capitalize()
    here = "" if success == row["success"] else " · ended otherwise when it was filmed"
    return f"{ending} · seed {row['seed']} · {row['instruction']}{here}"
