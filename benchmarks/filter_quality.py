"""How well a measure of progress finds the flaws of demonstrations; reads the labels, which no training does.

python -m lacelab.benchmarks.filter_quality --data DEMOS --runs RUN [RUN ...] --out benchmarks/results/filter.json
python -m lacelab.benchmarks.filter_quality --fresh --data OTHERS --runs RUN [RUN ...] --out benchmarks/results/fresh.json
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lacelab.agents import progress as measures
from lacelab.agents.data.arrays import episode_column, open_arrays
from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.demonstrator.flaws import Flaw
from lacelab.agents.pipeline import CRITIC
from lacelab.agents.returns import GAMMA
from lacelab.agents.training.td import load_critic
from lacelab.envs.exceptions import LaceLabError

from .demonstrations import Labels, read_labels
from .files import write_json
from .program import start
from .versions import git_commit

_DRAWS = 200  # of the bootstrap


def quality(found: NDArray[np.float32], labels: Labels, starts: NDArray[np.int64], chunk: int) -> dict[str, Any]:
    """Return how well falls, shortfalls and slow rises of progress rank flawed frames, and how well progress ranks time.

    Args:
        found: progress of every frame (frames,).
        labels: the truth about every frame.
        starts: where episodes begin, and the total (episodes + 1,).
        chunk: ticks to look ahead; a frame counts as flawed if its chunk holds a flaw.
    """
    scores = {
        "fall": measures.falls(found, starts, chunk),
        "shortfall": measures.shortfalls(found, starts, measures.WINDOW, GAMMA),
        "rise": -measures.rises(found, starts, measures.WINDOW),
    }
    kinds = {"flaw": labels.flaw > Flaw.NONE, "mistake": labels.mistaken}
    areas = {
        f"auroc_{score}_{kind}": _area(values, measures.within(flags, starts, chunk))
        for score, values in scores.items()
        for kind, flags in kinds.items()
    }
    interval = area_interval(scores["shortfall"], measures.within(kinds["flaw"], starts, chunk), starts)
    return {
        **areas,
        "auroc_shortfall_flaw_interval": interval,
        "rank_correlation_clean": _rank_correlation(found, labels, starts),
        "frames": len(found),
    }


def area_interval(
    values: NDArray[np.float32], flags: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[float, float] | None:
    """Return the 95 % percentile bootstrap interval, over whole episodes, of the area under the ROC curve.

    Frames of an episode are no independent draws, episodes are (Efron and Tibshirani, 1993, section 8.6).

    Args:
        values: of every frame (frames,).
        flags: which frames are positive (frames,).
        starts: where episodes begin, and the total (episodes + 1,).

    Returns:
        None where some draw of episodes has frames of one kind only.
    """

    def area_of(drawn: NDArray[np.int64]) -> float:
        frames = np.concatenate([np.arange(int(starts[episode]), int(starts[episode + 1])) for episode in drawn])
        return measures.auroc(values[frames], flags[frames])

    how: Any = {"n_resamples": _DRAWS, "vectorized": False, "method": "percentile", "rng": np.random.default_rng(0)}
    try:
        low, high = stats.bootstrap((np.arange(len(starts) - 1),), area_of, **how).confidence_interval
    except ValueError:  # of `auroc`, or of too few episodes
        return None
    return float(low), float(high)


def _area(values: NDArray[np.float32], flags: NDArray[np.bool_]) -> float | None:
    """Return the area under the ROC curve; None where all frames are alike."""
    return None if flags.all() or not flags.any() else measures.auroc(values, flags)


def _rank_correlation(found: NDArray[np.float32], labels: Labels, starts: NDArray[np.int64]) -> float | None:
    """Return the mean over clean episodes of Spearman's correlation with true progress; None without any."""
    values = [
        float(stats.spearmanr(found[start:stop], labels.progress[start:stop]).statistic)
        for start, stop in itertools.pairwise(starts)
        if not (labels.flaw[start:stop] > Flaw.NONE).any()
    ]
    return float(np.mean(values)) if values else None


def measures_of(runs: Sequence[Path]) -> dict[str, NDArray[np.float32]]:
    """Return every measure of progress (frames,) of some runs as `run/stage`, and the mean of what several runs have.

    Raises:
        LaceLabError: two runs have the same name.
    """
    _check_names(runs)
    return _with_means(
        {f"{run.name}/{path.parent.name}": np.load(path) for run in runs for path in sorted(run.glob("*/progress.npy"))}
    )


def judged_by(runs: Sequence[Path], data: Path, chunk: int) -> dict[str, NDArray[np.float32]]:
    """Return the progress (frames,) of demonstrations in the eyes of every run's critic as `run/critic`, and the mean of several.

    Raises:
        LaceLabError: two runs have the same name, or there is no critic.
    """
    _check_names(runs)
    reader = ChunkReader.open(data, chunk, mirror=0.0)
    critics = {f"{run.name}/critic": load_critic(run / "critic" / CRITIC) for run in runs}
    return _with_means({name: measures.symmetric_progress(*critic, reader) for name, critic in critics.items()})


def _check_names(runs: Sequence[Path]) -> None:
    if len({run.name for run in runs}) < len(runs):
        raise LaceLabError(f"Runs are told apart by the names of their folders: {', '.join(map(str, runs))}.")


def _with_means(found: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    stages = [name.split("/")[1] for name in found]
    shared = sorted({stage for stage in stages if stages.count(stage) > 1})
    means = {stage: [values for name, values in found.items() if name.endswith(f"/{stage}")] for stage in shared}
    return found | {f"mean/{stage}": np.mean(values, axis=0) for stage, values in means.items()}


@dataclass(frozen=True)
class FilterQuality:
    """Compare the progress of runs, and its mean over them, with the truth."""

    data: Path
    """Folder of demonstrations."""
    out: Path
    """JSON file to write."""
    runs: tuple[Path, ...] = field(kw_only=True)
    """Folders of training runs on these demonstrations."""
    chunk: int = 16
    """Ticks to look ahead."""
    fresh: bool = False
    """Let the runs' critics judge demonstrations now which they have not learned from, in the place of what `lacelab train filter` has kept."""

    def run(self) -> None:
        """Write the figures for every measure of progress that the runs have."""
        starts, labels = open_arrays(self.data).starts, read_labels(self.data)
        found = judged_by(self.runs, self.data, self.chunk) if self.fresh else measures_of(self.runs)
        if not found:
            names = ", ".join(map(str, self.runs)) or "none"
            raise LaceLabError(f"No run has judged its frames: run `lacelab train filter`. Runs: {names}.")
        figures = {name: quality(values, labels, starts, self.chunk) for name, values in found.items()}
        episodes = len(episode_column(self.data, "success"))
        write_json(self.out, {"episodes": episodes, "chunk": self.chunk, "commit": git_commit(), "measures": figures})


if __name__ == "__main__":
    start(FilterQuality)
