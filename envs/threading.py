"""Which lace is through which eyelet, which way and how far: topology by tracked signed crossings.

A crossing is where a lace's centre line pierces the disk of an eyelet; its sign is +1 when a walk from the anchor to
the tip goes from outside the shoe to inside there. Two laws tell threading from tunnelling:

- *Continuity.* A crossing is captured within `inner radius + 1.5 mm`; a real one is within `inner radius - 1.5 mm`
  (the lace's radius) plus penetration. Once captured it is followed up to `inner radius + 4.5 mm`. That is beyond the
  ring (2 x 1.2 mm) and the lace's radius (1.5 mm): to get there the lace must have been torn through the material.
  So nothing flickers at the border, and a lace over the edge of the flap (10 mm above the row) or in the next eyelet
  (25 mm on) is never taken for it.
- *Conservation.* The net sum of crossings may change only near a tip: within 30 mm of lace, plus as far as the tip has
  moved since the last tick. Lace that slips out of a hand and back through an eyelet moves its tip by as much; lace
  that is torn out of an eyelet, typically held taut, does not. Elsewhere only pairs +1, -1 may come and go: a soft
  lace can be pushed as a bight of two strands (6 mm) through an eyelet of 5 to 8 mm.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .crossings import find_crossings
from .spec import EYELETS_PER_SIDE, SIDES

FloatArray = NDArray[np.float64]

_CAPTURE_MARGIN = 0.0015  # m beyond the inner radius, physics.md
_HOLD_MARGIN = 0.0045  # m beyond the inner radius: tube 2.4 mm, lace 1.5 mm, slack 0.6 mm
# What the tip's path is longer than its displacement, and slack and stretch of the lace behind it. A hand alone moves at
# 0.25 m/s and swings a lever of 0.1 m at 3 rad/s: 27 mm in a tick of 50 ms.
_TIP_TOLERANCE = 0.03  # m of lace
# A lace that snaps back from 5 N and 5 % of stretch (50 mJ, 20 g) runs at 2.2 m/s.
_MAX_SLIDE = 0.15  # m in a tick (3 m/s); anything faster did not move there but was replaced


class Crossing(NamedTuple):
    """A crossing that is followed from tick to tick."""

    sign: int  # +1 from outside to inside, walking from the anchor to the tip
    arc: float  # length of lace from the crossing to the tip [m]
    captured: bool = True  # within the capture radius


Tracks = dict[tuple[int, int], tuple[Crossing, ...]]
"""(lace, flattened eyelet) -> crossings from the anchor to the tip; no empty entries."""


@dataclass(frozen=True, eq=False)
class ThreadingState:
    """All that the detector remembers. Never changed in place: a snapshot is a reference."""

    tracks: Tracks
    tips: FloatArray  # (2, 3) at the last tick [m]
    invalid: str | None = None


class Threading(NamedTuple):
    """What the detector reports each tick."""

    net: NDArray[np.int64]  # (2 laces, 2 sides, eyelets) sums of signs
    through: FloatArray  # (2 laces, 2 sides, eyelets) lace past the disk [m]; 0 if net is even
    invalid: str | None  # how a lace tunnelled; stays until the next reset


class ThreadingDetector:
    """Follow both laces through all eyelets; read and write `state` to save and restore."""

    def __init__(
        self,
        inner_radius: ArrayLike,
        tip_tolerance: float = _TIP_TOLERANCE,
        max_slide: float = _MAX_SLIDE,
    ) -> None:
        """Set the geometry.

        Args:
            inner_radius: Of all eyelets, or `(2, eyelets)` by side and index [m].
            tip_tolerance: Length from a tip at rest within which a crossing may appear or vanish [m].
            max_slide: Length of lace that may slide through an eyelet in a tick [m].
        """
        self.state = ThreadingState({}, np.zeros((2, 3)))
        radius = np.asarray(inner_radius, np.float64)
        shape = radius.shape if radius.ndim == 2 else (2, EYELETS_PER_SIDE)
        self._shape = (2, *shape)
        self._capture_radius = np.broadcast_to(radius, shape).ravel() + _CAPTURE_MARGIN
        self._hold_radius = np.broadcast_to(radius, shape).ravel() + _HOLD_MARGIN
        self._tip_tolerance = tip_tolerance
        self._max_slide = max_slide

    def reset(self, points: FloatArray, centres: FloatArray, axes: FloatArray) -> Threading:
        """Take the laces as they are; arguments as for `update`."""
        found = self._find(points, centres, axes)
        tracks = {key: tuple(c for c in crossings if c.captured) for key, crossings in found.items()}
        tracks = {key: crossings for key, crossings in tracks.items() if crossings}
        self.state = ThreadingState(tracks, points[:, -1].copy())
        return self._report()

    def update(self, points: FloatArray, centres: FloatArray, axes: FloatArray) -> Threading:
        """Follow the crossings over one tick.

        Args:
            points: `(2 laces, points, 3)` centre lines from the anchor to the aglet's tip [m].
            centres: `(2 sides, eyelets, 3)` [m].
            axes: `(2 sides, eyelets, 3)` unit normals out of the shoe.
        """
        old, found = self.state.tracks, self._find(points, centres, axes)
        tips = points[:, -1].copy()
        reach = self._reach(tips)
        tracks: Tracks = {}
        invalid = self.state.invalid
        for key in sorted(old.keys() | found.keys()):
            crossings, torn = _follow(old.get(key, ()), found.get(key, []), self._max_slide, reach[key[0]])
            if crossings:
                tracks[key] = crossings
            if torn is not None and invalid is None:
                invalid = self._describe(key, torn, reach[key[0]])
        self.state = ThreadingState(tracks, tips, invalid)
        return self._report()

    def _reach(self, tips: FloatArray) -> list[float]:
        """Return for each lace how far from its tip crossings may have changed since the last tick [m]."""
        moved = np.sqrt(((tips - self.state.tips) ** 2).sum(axis=1)).tolist()
        return [self._tip_tolerance + (distance if distance <= self._max_slide else 0.0) for distance in moved]

    def _find(self, points: FloatArray, centres: FloatArray, axes: FloatArray) -> dict[tuple[int, int], list[Crossing]]:
        """Group the crossings by lace and eyelet, from the anchor to the tip."""
        raw = find_crossings(points, centres.reshape(-1, 3), axes.reshape(-1, 3), self._hold_radius)
        captured = raw.radius < self._capture_radius[raw.eyelet]
        found: dict[tuple[int, int], list[Crossing]] = {}
        columns = (raw.lace, raw.eyelet, raw.sign, raw.arc, captured)
        for lace, eyelet, *crossing in zip(*[column.tolist() for column in columns], strict=True):
            found.setdefault((lace, eyelet), []).append(Crossing(*crossing))
        return found

    def _report(self) -> Threading:
        """Sum up what is followed."""
        net, through = np.zeros(self._shape, np.int64), np.zeros(self._shape)
        flat_net, flat_through = net.reshape(2, -1), through.reshape(2, -1)
        for key, crossings in self.state.tracks.items():
            total = sum(crossing.sign for crossing in crossings)
            flat_net[key] = total
            if total % 2:
                flat_through[key] = next(c.arc for c in crossings if c.sign * total > 0)
        return Threading(net, through, self.state.invalid)

    def _describe(self, key: tuple[int, int], torn: Crossing, reach: float) -> str:
        """Word the reason of an invalid episode."""
        side, index = divmod(key[1], self._shape[2])
        return (
            f"The {SIDES[key[0]]} lace tunnelled at the {SIDES[side]} eyelet {index}: a crossing came or went "
            f"{1000 * torn.arc:.0f} mm from its tip (allowed within {1000 * reach:.0f} mm)."
        )


def _follow(
    old: tuple[Crossing, ...], found: list[Crossing], max_slide: float, reach: float
) -> tuple[tuple[Crossing, ...], Crossing | None]:
    """Return the crossings to follow from now on, and one that came or went unlawfully."""
    match = _match(old, found, max_slide)
    if len(match) == len(old) == len(found):
        return tuple(found), None
    tracked = tuple(crossing for j, crossing in enumerate(found) if j in match or crossing.captured)
    appeared = [crossing for j, crossing in enumerate(found) if j not in match and crossing.captured]
    kept = set(match.values())
    vanished = [crossing for i, crossing in enumerate(old) if i not in kept]
    return tracked, _unlawful(appeared, reach) or _unlawful(vanished, reach)


def _match(old: tuple[Crossing, ...], found: list[Crossing], max_slide: float) -> dict[int, int]:
    """Pair found with old crossings of the same sign, in order or else the nearest along the lace first."""
    in_order = [crossing.sign for crossing in old] == [crossing.sign for crossing in found]
    if in_order and all(abs(a.arc - b.arc) <= max_slide for a, b in zip(old, found, strict=True)):
        return {j: j for j in range(len(found))}
    pairs = sorted(
        (abs(after.arc - before.arc), j, i)
        for j, after in enumerate(found)
        for i, before in enumerate(old)
        if after.sign == before.sign
    )
    match: dict[int, int] = {}
    for slide, j, i in pairs:
        if slide <= max_slide and j not in match and i not in match.values():
            match[j] = i
    return match


def _unlawful(changed: list[Crossing], reach: float) -> Crossing | None:
    """Return a crossing that neither is near the tip nor belongs to a pair +1, -1."""
    far = [crossing for crossing in changed if crossing.arc > reach]
    excess = sum(crossing.sign for crossing in far)
    partners = [crossing for crossing in changed if crossing.arc <= reach and crossing.sign * excess < 0]
    if abs(excess) <= len(partners):
        return None
    return next(crossing for crossing in far if crossing.sign * excess > 0)
