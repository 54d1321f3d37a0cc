"""`lacelab robot identify`: fit the simulator to recordings and write the ranges to randomise in."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Identify:
    """Fit friction, damping, gain and delay to a recording of `lacelab robot excite`."""

    motion: Path
    """Recording (.npz)."""
    out: Path
    """File for values, intervals and ranges (.json)."""
    spread: float = 0.1
    """Least half width of a range, as a share of the value."""

    def run(self) -> int:
        """Fit, print and write."""
        from lacelab.real_robot.identification import identify_arms
        from lacelab.real_robot.recording import Motion

        fit = identify_arms(Motion.load(self.motion))
        ranges = fit.ranges(self.spread)
        for name, value in fit.values.items():
            low, high = ranges[name]
            print(f"{name:16} {value:8.4f} +- {fit.intervals[name]:.4f}   randomise in [{low:.4f}, {high:.4f}]")
        text = json.dumps({"values": fit.values, "intervals": fit.intervals, "ranges": ranges}, indent=2)
        self.out.write_text(text + "\n")
        return 0
