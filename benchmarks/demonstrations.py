"""What a dataset of demonstrations is like: shares with intervals, per operator, and where the truth says it is flawed.

Reads the labels: nothing here is for training.
"""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.agents.data import layout
from lacelab.agents.data.files import read_checksums
from lacelab.agents.data.tables import column_values, read_table
from lacelab.agents.demonstrator.flaws import POLICY, Flaw

from .statistics import Proportion, proportion

_SAMPLES = 2000  # of the bootstrap
_BOOTSTRAP_SEED = 0


class Labels(NamedTuple):
    """The truth about every frame."""

    episode: NDArray[np.int64]
    flaw: NDArray[np.int8]
    phase: NDArray[Any]
    progress: NDArray[np.float32]

    def of_episode(self, number: int) -> "Labels":
        """Return the labels of the frames of one episode."""
        chosen = self.episode == number
        return Labels(self.episode[chosen], self.flaw[chosen], self.phase[chosen], self.progress[chosen])

    @property
    def mistaken(self) -> NDArray[np.bool_]:
        """Whether the demonstrator did something wrong (frames,)."""
        return np.isin(self.flaw, [flaw for flaw in Flaw if flaw.is_mistake])

    @property
    def demonstrated(self) -> NDArray[np.bool_]:
        """Whether a demonstrator acted (frames,); what is wrong with frames of a policy nobody knows."""
        return np.asarray(self.phase != POLICY)


class Share(NamedTuple):
    """A share of frames with a bootstrap interval over episodes."""

    rate: float
    low: float
    high: float


class Shares(NamedTuple):
    """Summary of some episodes."""

    name: str
    success: Proportion
    mistake: Proportion
    flawed: Share  # of the demonstrated frames
    seconds: float  # mean duration
    by_policy: float  # share of frames in which a policy acted
    taken_over: Proportion  # from a policy
    solved: Proportion  # of those that were taken over


def read_labels(root: Path) -> Labels:
    """Return the truth of a dataset.

    Raises:
        DatasetError: labels are missing or torn.
    """
    names = sorted(name for name in read_checksums(root) if name.startswith("labels/"))
    tables = [read_table(root / name) for name in names]
    columns = ("episode_index", "flaw", "phase", "progress")
    return Labels(*(np.concatenate([column_values(table, name) for table in tables]) for name in columns))


def read_episodes(root: Path) -> list[dict[str, Any]]:
    """Return what is known of every episode, without its statistics.

    Raises:
        DatasetError: the dataset is not whole.
    """
    read_checksums(root)
    rows = read_table(root / layout.EPISODES).to_pylist()
    return [{name: value for name, value in row.items() if not name.startswith("stats/")} for row in rows]


def shares(root: Path) -> list[Shares]:
    """Return the shares of every operator and of all together, last."""
    episodes, labels = read_episodes(root), read_labels(root)
    lengths = np.bincount(labels.episode, minlength=len(episodes))
    counts: NDArray[np.float64] = np.bincount(labels.episode, labels.demonstrated, len(episodes)).astype(float)
    flawed: NDArray[np.float64] = np.bincount(labels.episode, labels.flaw > 0, len(episodes)).astype(float)
    mistaken = np.bincount(labels.episode, labels.mistaken, len(episodes)) > 0
    taken_over, solved = (counts > 0) & (counts < lengths), np.array([row["success"] for row in episodes])
    operators = sorted({row["operator"] for row in episodes})
    found = []
    for name in (*operators, "all"):
        chosen = np.array([i for i, row in enumerate(episodes) if name in (row["operator"], "all")])
        found.append(
            Shares(
                name,
                proportion(sum(episodes[i]["success"] for i in chosen), len(chosen)),
                proportion(int(mistaken[chosen].sum()), len(chosen)),
                _share(flawed[chosen], counts[chosen]),
                float(np.mean([episodes[i]["duration"] for i in chosen])),
                float(1 - counts[chosen].sum() / lengths[chosen].sum()),
                proportion(int(taken_over[chosen].sum()), len(chosen)),
                proportion(int((solved & taken_over)[chosen].sum()), int(taken_over[chosen].sum())),
            )
        )
    return found


def flaw_counts(labels: Labels) -> dict[str, int]:
    """Return the number of demonstrated frames of every flaw, and of those of a policy if there are any."""
    counts, by_policy = Counter(labels.flaw[labels.demonstrated].tolist()), int((~labels.demonstrated).sum())
    found = {flaw.name.lower().replace("_", " "): counts[flaw] for flaw in Flaw}
    return found | ({"by a policy": by_policy} if by_policy else {})


def outcome_counts(episodes: list[dict[str, Any]]) -> dict[str, int]:
    """Return the number of episodes of every outcome."""
    return dict(Counter(row["outcome"] for row in episodes).most_common())


def as_json(found: list[Shares]) -> dict[str, Any]:
    """Return shares as plain JSON values."""
    return {
        entry.name: {
            "episodes": entry.success.trials,
            "success": _rate(entry.success),
            "episodes_with_a_mistake": _rate(entry.mistake),
            "flawed_frames": {"rate": entry.flawed.rate, "interval": [entry.flawed.low, entry.flawed.high]},
            "mean_seconds": entry.seconds,
            "frames_by_policy": entry.by_policy,
            "taken_over": _rate(entry.taken_over),
            "solved_of_those_taken_over": _rate(entry.solved) if entry.solved.trials else None,
        }
        for entry in found
    }


def _rate(found: Proportion) -> dict[str, Any]:
    return {"count": found.successes, "rate": found.rate, "wilson": list(found.wilson)}


def _share(parts: NDArray[np.float64], counts: NDArray[np.float64]) -> Share:
    """Return the share of frames with the percentile interval of a bootstrap over episodes; without frames, know nothing."""
    if not counts.any():
        return Share(0.0, 0.0, 1.0)
    generator = np.random.default_rng(_BOOTSTRAP_SEED)
    drawn = generator.integers(len(parts), size=(_SAMPLES, len(parts)))
    low, high = np.quantile(parts[drawn].sum(axis=1) / np.maximum(counts[drawn].sum(axis=1), 1), (0.025, 0.975))
    return Share(float(parts.sum() / counts.sum()), float(low), float(high))
