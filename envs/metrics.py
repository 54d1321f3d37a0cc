"""Physics validity of an episode, measured every tick: penetration, stretch and tension of the laces."""

from bisect import insort
from dataclasses import dataclass, field, replace

from .simulation import Simulation

_SHARE = 0.99  # of the ticks, for the percentile


@dataclass
class PhysicsMetrics:
    """Running extremes; penetration keeps its history, sorted, for the percentile."""

    penetration: list[float] = field(default_factory=list)  # m
    peak_stretch: float = 0.0
    peak_tension: float = 0.0  # N

    def update(self, simulation: Simulation) -> None:
        """Measure one tick."""
        insort(self.penetration, simulation.penetration())
        stretch, tension = simulation.stretch()
        self.peak_stretch = max(self.peak_stretch, stretch)
        self.peak_tension = max(self.peak_tension, tension)

    def copy(self) -> "PhysicsMetrics":
        """Return an independent copy."""
        return replace(self, penetration=self.penetration.copy())

    def as_info(self) -> dict[str, float]:
        """Return penetration [m] (99th percentile over ticks, maximum), stretch and tension [N]."""
        return {
            "penetration_p99": _percentile(self.penetration),
            "penetration_max": self.penetration[-1] if self.penetration else 0.0,
            "peak_stretch": self.peak_stretch,
            "peak_tension": self.peak_tension,
        }


def _percentile(ordered: list[float]) -> float:
    """Return the 99th percentile of sorted values as numpy does, by linear interpolation; 0 of none."""
    if not ordered:
        return 0.0
    below, share = divmod(_SHARE * (len(ordered) - 1), 1.0)
    low = ordered[int(below)]
    return low + share * (ordered[min(int(below) + 1, len(ordered) - 1)] - low)
