"""`lacelab data replay`: the health figure of a dataset."""

from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class ReplayCommand:
    """Replay the recorded actions open loop and count how often the outcome is the same."""

    root: tyro.conf.Positional[Path]
    """Folder of the dataset."""
    episodes: int | None = None
    """Number of episodes, from the first; all by default."""
    perturb: float = 0.0
    """Largest relative change of mass, stiffness, friction, damping and servo gains."""
    workers: int = 1
    """Number of processes."""
    report: Path | None = None
    """File for the figures as JSON."""

    def run(self) -> int:
        """Replay and print the shares; exit code 1 where an undisturbed replay differs."""
        from rich.console import Console

        from lacelab.agents.data.exceptions import DatasetError

        from ...demonstrations import read_episodes
        from ...files import write_json
        from ...replay import Replay, replay
        from ...statistics import proportion
        from ..progress import tick_progress

        rows = read_episodes(self.root)
        count = len(rows) if self.episodes is None else min(self.episodes, len(rows))
        if count < 1:
            raise DatasetError(f"Cannot replay {self.episodes} episodes. Valid: 1 to {len(rows)}.")
        if self.workers < 1:
            raise DatasetError(f"{self.workers} workers cannot work. Valid: 1 or more.")
        found = []
        with tick_progress("replaying", Console(stderr=True), "episodes") as on_episode:
            for result in replay(Replay(self.root, self.perturb), list(range(count)), self.workers):
                found.append(result)
                on_episode()
        recorded = [result for result in found if rows[result.episode]["success"]]
        rates = {
            "same outcome": proportion(sum(result.same for result in found), count),
            "identical observations": proportion(sum(result.exact for result in found), count),
            "success of successful ones": proportion(sum(result.success for result in recorded), len(recorded)),
        }
        for name, rate in rates.items():
            low, high = rate.wilson
            print(f"{name}: {rate.successes}/{rate.trials} ({100 * low:.1f} - {100 * high:.1f} %)")
        if self.report is not None:
            figures = {
                name: {"count": r.successes, "of": r.trials, "wilson": list(r.wilson)} for name, r in rates.items()
            }
            write_json(self.report, {"perturbation": self.perturb, **figures})
        return int(not self.perturb and rates["same outcome"].successes < count)
