"""`lacelab demo`: the first thing to run."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..episode import EpisodeSpec


@dataclass(frozen=True)
class Demo:
    """Lace with the shipped policy: a success table, a video and a report page."""

    episodes: int = 6
    """Number of episodes."""
    workers: int = 2
    """Number of processes."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    out: Path = Path("demo")
    """Folder for the rows, the video and the page."""
    world: str = "sim"
    """World: sim, or module:factory."""

    def run(self) -> int:
        """Evaluate, film one episode, write the page."""
        from rich.console import Console

        from lacelab.agents.policies import resolve_policy
        from lacelab.envs.parameters import check_count

        from ..evaluate import Evaluation, evaluate
        from ..report import Film, Section, write_page
        from ..seeds import parse_seeds
        from ..summary import summarize
        from ..tables import print_summary, title
        from ..versions import git_commit
        from ..video import poster
        from .progress import episode_progress

        check_count("episodes", self.episodes, 1, 100_000)
        seeds = parse_seeds(f"0:{self.episodes}")
        evaluation = Evaluation("ThreadEyelet", self.difficulty, resolve_policy("shipped"), seeds, world=self.world)
        rows_path, page = self.out / "rows.jsonl", self.out / "report.html"
        with episode_progress(title(evaluation), len(seeds), Console(stderr=True)) as on_row:
            rows, timing = evaluate(evaluation, workers=self.workers, out=rows_path, overwrite=True, on_row=on_row)
        print_summary(evaluation, summarize(rows), timing, Console())
        shown = next((row for row in rows if row["success"]), rows[0])
        video = _film(evaluation.spec(shown["seed"]), self.out / "video.mp4")
        command = (
            f"lacelab eval --task {evaluation.task} --difficulty {evaluation.difficulty} "
            f"--policy {evaluation.policy} --seeds 0:{self.episodes} --out rows.jsonl"
        )
        caption = f"Seed {shown['seed']}: {shown['instruction']}. {shown['outcome'].capitalize()}."
        films = [Film(video, caption, poster(video))] if video else []
        write_page(page, [Section(title(evaluation), rows, command, films)], git_commit())
        for name, path in (("rows", rows_path), ("video", video), ("page", page)):
            if path is not None:
                print(f"{name}: {path}")
        return 0


def _film(spec: "EpisodeSpec", path: Path) -> Path | None:
    """Film an episode; without OpenGL say what to install and go on without a video."""
    from rich.console import Console

    from lacelab.envs.exceptions import RenderingError
    from lacelab.envs.graphics import find_backend

    from ..video import film_episode
    from .progress import tick_progress

    try:
        print(f"Rendering with {find_backend()}.")
        with tick_progress("filming", Console(stderr=True)) as on_frame:
            film_episode(spec, path, on_frame)
    except RenderingError as error:
        print(f"No video: {error}", file=sys.stderr)
        return None
    return path
