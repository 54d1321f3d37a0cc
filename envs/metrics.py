"""Physics validity of an episode, measured every tick: penetration, stretch and tension of the laces."""

from dataclasses import dataclass, field

import numpy as np

from .simulation import Simulation


@dataclass
class PhysicsMetrics:
    """Running extremes; penetration keeps its history for the percentile."""

    penetration: list[float] = field(default_factory=list)
    peak_stretch: float = 0.0
    peak_tension: float = 0.0

    def update(self, simulation: Simulation) -> None:
        """Measure one tick."""
        self.penetration.append(simulation.penetration())
        stretch, tension = simulation.stretch()
        self.peak_stretch = max(self.peak_stretch, stretch)
        self.peak_tension = max(self.peak_tension, tension)

    def copy(self) -> "PhysicsMetrics":
        """Return an independent copy."""
        return PhysicsMetrics(self.penetration.copy(), self.peak_stretch, self.peak_tension)

    def as_info(self) -> dict[str, float]:
        """Return penetration [m] (99th percentile over ticks, maximum), stretch and tension [N]."""
        depth = np.array(self.penetration) if self.penetration else np.zeros(1)
        return {
            "penetration_p99": float(np.percentile(depth, 99)),
            "penetration_max": float(depth.max()),
            "peak_stretch": self.peak_stretch,
            "peak_tension": self.peak_tension,
        }
