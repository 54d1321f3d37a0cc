"""Which episodes a page shows, and their videos: a success and one of each kind of failure."""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from lacelab.envs.exceptions import RenderingError

from .episode import Row
from .report import Film
from .summary import failure_kind
from .verify import spec_of
from .video import film_episode, poster

_MOST_PICTURES = 300  # of a film; a longer one shows fewer a second
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
    workers: int = 1,
    on_film: Callable[[int, int], None] = lambda done, total: None,
    on_problem: Callable[[str], None] = lambda message: None,
) -> Iterator[list[list[Film]]]:
    """Film episodes of each evaluation; the videos exist as long as the context.

    Args:
        evaluations: rows of one kind each.
        most: videos of each.
        budget: of all videos [bytes]; the first one that does not fit is the last.
        workers: number of processes.
        on_film: called with the number of films done and of all, before the first and after each.
        on_problem: called with what is wrong with a policy that cannot be filmed here; the others are.

    Raises:
        RenderingError: no OpenGL backend works.
    """
    films: list[list[Film]] = [[] for _ in evaluations]
    wanted = [(index, row) for index, rows in enumerate(evaluations) for row in pick_episodes(rows, most)]
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(workers, context) as pool:
        jobs = [pool.submit(_film, row, Path(folder) / f"{number}.mp4") for number, (_, row) in enumerate(wanted)]
        on_film(0, len(jobs))
        for number, ((index, row), job) in enumerate(zip(wanted, jobs, strict=True)):
            made = job.result()
            on_film(number + 1, len(jobs))
            if isinstance(made, str):
                on_problem(f"No video of seed {row['seed']} with '{row['policy']}': {made}")
                continue
            budget -= made.path.stat().st_size
            if budget < 0:
                break
            films[index].append(made)
        pool.shutdown(cancel_futures=True)
        yield films


def _stride(row: Row) -> int:
    """Return the ticks from picture to picture, at least 2: 10 pictures a second."""
    return max(2, -(-int(row["steps"]) // _MOST_PICTURES))


def _film(row: Row, path: Path) -> Film | str:
    """Film an episode, or say why its policy does not run here."""
    try:
        success = film_episode(spec_of(row), path, draft_stride=_stride(row))
    except RenderingError:
        raise
    except Exception as error:  # noqa: BLE001 (policies are somebody else's; a page without their videos is a page)
        return f"{type(error).__name__}: {error}"
    return Film(path, _caption(row, success), poster(path))


def _caption(row: Row, success: bool) -> str:
    ending = "Success" if row["success"] else failure_kind(row).capitalize()
    here = "" if success == row["success"] else " · ended otherwise when it was filmed"
    return f"{ending} · seed {row['seed']} · {row['instruction']}{here}"
