"""`lacelab data show`: what a dataset is like."""

from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class Show:
    """Print the shares of success and mistakes; draw one episode with its labels."""

    root: tyro.conf.Positional[Path]
    """Folder of the dataset."""
    episode: int | None = None
    """Episode to draw."""
    out: Path = Path("episode.mp4")
    """Video (.mp4) or contact sheet (.png) of that episode, with progress and labels drawn on."""
    plot: Path | None = None
    """File for histograms as SVG."""
    report: Path | None = None
    """File for the shares as JSON."""

    def run(self) -> int:
        """Print the tables, write what was asked for."""
        from collections import Counter

        from rich.console import Console

        from lacelab.agents.data import layout
        from lacelab.agents.data.files import read_json

        from ...demonstrations import as_json, flaw_counts, outcome_counts, read_episodes, read_labels, shares
        from ...files import write_json
        from .tables import print_counts, print_histogram, print_shares

        console, found = Console(), shares(self.root)
        print_shares(found, console)
        episodes, labels = read_episodes(self.root), read_labels(self.root)
        print_counts("outcome", outcome_counts(episodes), console)
        print_counts("frames by flaw", flaw_counts(labels), console)
        print_histogram("duration, s", [row["duration"] for row in episodes], 10, console)
        retries = Counter(row["retries"] for row in episodes)
        print_counts("retries", {str(number): retries[number] for number in sorted(retries)}, console)
        if self.plot is not None:
            from ...histograms import draw_histograms

            draw_histograms(episodes, labels, self.plot)
            print(f"plot: {self.plot}")
        if self.report is not None:
            manifest = read_json(self.root / layout.MANIFEST)
            content = {
                "made_with": {name: value for name, value in manifest.items() if name != "operators"},
                "shares": as_json(found),
                "outcomes": outcome_counts(episodes),
                "frames": flaw_counts(labels),
            }
            write_json(self.report, content)
            print(f"report: {self.report}")
        if self.episode is not None:
            from ...labelled_video import draw_episode

            draw_episode(self.root, self.episode, self.out)
            print(f"episode {self.episode}: {self.out}")
        return 0
