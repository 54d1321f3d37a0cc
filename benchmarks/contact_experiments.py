"""The lace under load: how far it stretches, whether a flap stops its aglet, whether it stays in its eyelet."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacelab.envs.crossings import find_crossings
from lacelab.envs.entities.lace import AGLET_LENGTH, RADIUS, LaceParameters
from lacelab.envs.entities.shoe import ShoeParameters, eyelet_pose

from .lace_rig import GRAVITY, SIDE, Rig

Vector = NDArray[np.float64]

_EYELET = 1
_KICK = 0.02  # m/s, random velocities that would wake an instability


class Load(NamedTuple):
    """A lace that carries a load."""

    stretch: float  # largest of any edge
    gap: float  # between the end of the lace and the aglet that is tied to it [m]


class Blow(NamedTuple):
    """An aglet pressed against a flap."""

    penetration: float  # largest [m]
    depth: float  # how far the tip got beyond the flap's surface [m]


class Pull(NamedTuple):
    """A threaded lace pulled hard."""

    threaded: bool  # at the end
    radius: float  # largest distance of the lace from the eyelet's centre, in its plane [m]
    penetration: float  # 99th percentile [m]


def load(force: float) -> Load:
    """Hang a weight [N] on the aglet, put on within a second; look during the last of three seconds."""
    lace = LaceParameters()
    rig = Rig(lace, gravity=False)
    stations = np.concatenate([[0.0], np.cumsum(rig.edges)])
    along = np.array([1.0, 0.0, 0.0])
    rig.model.opt.gravity[:] = GRAVITY * along
    rig.place(np.outer(stations, along), along)
    rig.data.qvel[:] = np.random.default_rng(0).normal(0.0, _KICK, rig.model.nv)
    stretches, gaps = [], []
    for time in rig.run(3.0):
        rig.pull(rig.lace.aglet_body, along * force * min(1.0, time))
        if time > 2.0:
            stretches.append(float(rig.stretches.max()))
            gaps.append(float(np.linalg.norm(rig.lace.back(rig.data) - rig.points[-1])))
    return Load(max(stretches), max(gaps))


def press(force: float, offset: tuple[float, float]) -> Blow:
    """Press a guided aglet head-on against an upright flap, ever harder within 0.3 s.

    Args:
        force: in the end [N].
        offset: from the centre of the eyelet, along and up the flap [m].
    """
    shoe = ShoeParameters(tilt=0.0)
    rig = Rig(LaceParameters(), gravity=False, shoe=shoe)
    centre, frame = eyelet_pose(shoe, SIDE, _EYELET)
    inward = -frame[:, 2]
    surface = centre + frame @ [*offset, 0.001]
    back = surface - (AGLET_LENGTH + 0.0002) * inward
    stations = np.concatenate([[0.0], np.cumsum(rig.edges)])
    rig.place(back - np.outer(stations[-1] - stations, inward), inward)
    rig.release_anchor()
    rig.guide_aglet(50.0, 0.01)
    penetration, depth = 0.0, 0.0
    for time in rig.run(0.8):
        rig.pull(rig.lace.aglet_body, inward * force * min(1.0, time / 0.3))
        penetration = max(penetration, rig.penetration)
        depth = max(depth, float((rig.data.site_xpos[rig.lace.tip_site] - surface) @ inward))
    return Blow(penetration, depth)


def pull_hard(force: float, inner: tuple[float, float, float], outer: tuple[float, float, float]) -> Pull:
    """Pull a threaded lace around the edge of its eyelet, ever harder within 0.5 s, and hold it for a second.

    Args:
        force: in the end, on the aglet [N].
        inner: direction of the pull in the eyelet's frame (along, up, out of the shoe).
        outer: where the lace is anchored outside, from the eyelet's centre in its frame [m].
    """
    shoe = ShoeParameters()
    rig = Rig(LaceParameters(length=0.30), shoe=shoe)
    centre, frame = eyelet_pose(shoe, SIDE, _EYELET)
    towards = frame @ inner / np.linalg.norm(inner)
    rig.place(_path(rig.edges, centre, frame, towards, centre + frame @ outer), towards)
    rig.guide_aglet(2.0, 2e-5)
    eyelet = centre[None], frame[:, 2][None], np.array([shoe.eyelet_diameter / 2 + 0.0045])
    radius, penetrations, threaded = 0.0, [], True
    for time in rig.run(1.6):
        rig.pull(rig.lace.aglet_body, towards * force * min(1.0, time / 0.5))
        crossings = find_crossings(rig.lace.points(rig.data)[None], *eyelet)
        threaded = bool(crossings.sign.sum() == 1)
        radius = max(radius, float(crossings.radius.max(initial=0.0)) if threaded else np.inf)
        if time > 0.05:
            penetrations.append(rig.penetration)
    return Pull(threaded, radius, float(np.percentile(penetrations, 99)))


def _path(edges: Vector, centre: Vector, frame: Vector, towards: Vector, anchor: Vector) -> Vector:
    """Return vertices (edges + 1, 3) from the anchor straight through the eyelet and on in the direction of the pull."""
    room = (2 * RADIUS + 0.009) * frame[:, 2]
    corners = np.stack([anchor, centre + room, centre - room, centre - room + towards])
    reach = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    stations = np.concatenate([[0.0], np.cumsum(edges)])
    return np.stack([np.interp(stations, reach, corners[:, axis]) for axis in range(3)], axis=1)
