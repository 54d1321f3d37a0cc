"""`lacelab robot identify`: fit the simulator to recordings and write the ranges to randomise in."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Identify:
    """Fit friction, damping, gain and delay to a recording of `robot excite`, the lace to one of `robot swing`."""

    out: Path
    """File for values, intervals and ranges (.json)."""
    motion: Path | None = None
    """Recording of `lacelab robot excite` (.npz)."""
    swing: Path | None = None
    """Recording of `lacelab robot swing` (.npz)."""
    spread: float = 0.1
    """Least half width of a range, as a share of the value."""

    def run(self) -> int:
        """Fit, print and write."""
        from lacelab.envs.exceptions import ParameterError
        from lacelab.real_robot.identification import identify_arms
        from lacelab.real_robot.lace_identification import Swing, identify_lace
        from lacelab.real_robot.recording import Motion

        from ...files import write_json

        if self.motion is None and self.swing is None:
            raise ParameterError("recordings", None, "--motion, --swing or both")
        fits = [identify_arms(Motion.load(self.motion))] if self.motion else []
        arms = fits[0].values if fits else {}
        fits += [identify_lace(Swing.load(self.swing), arms=arms)] if self.swing else []
        found: dict[str, dict[str, object]] = {"values": {}, "intervals": {}, "ranges": {}}
        for fit in fits:
            ranges = fit.ranges(self.spread)
            for name, value in fit.values.items():
                low, high = ranges[name]
                print(f"{name:16} {value:8.4f} +- {fit.intervals[name]:.4f}   randomise in [{low:.4f}, {high:.4f}]")
            for key, part in (("values", fit.values), ("intervals", fit.intervals), ("ranges", ranges)):
                found[key] |= part
        write_json(self.out, found)
        return 0
