"""A lace: a deformable rod anchored at the shoe's toe that ends in a stiff aglet.

The rod is an unpinned one-dimensional MuJoCo flex: stretch by edge equality constraints, bending by elasticity. The
aglet is a rigid free body tied to the last two vertices by two `connect` constraints, which are part of the lace; the
first vertex is tied to the shoe. Nothing else is tied to a lace: hands and eyelets act on it by contact alone.
"""

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from .. import contacts
from ..parameters import check_number
from ..spec import Side

Vector = NDArray[np.float64]

RADIUS = 0.0015  # m
DENSITY = 0.05  # kg/m, 5 to 10 times a cotton lace: the mass buys contact stiffness
AGLET_LENGTH = 0.024  # m
AGLET_MASS = 0.002  # kg
AGLET_SPIN_DAMPING = 2e-7  # N m s/rad: stands for the lace's torsion, which a 1D flex lacks; decays in 10 ms
FINE_EDGE = 0.010  # m, at the working end
FINE_EDGES = 14
COARSE_EDGE = 0.0186  # m, behind it
EDGE_SOLIMP = (0.999, 0.9999, 0.0005, 0.5, 2.0)


@dataclass(frozen=True)
class LaceParameters:
    """Material and size of a lace.

    Attributes:
        length: from the anchor to the back of the aglet [m].
        bending_stiffness: EI [N m^2].
        damping: Rayleigh damping time of bending [s].
        friction: sliding friction coefficient.
    """

    length: float = 0.45
    bending_stiffness: float = 2e-5
    damping: float = 0.05
    friction: float = 0.2

    def __post_init__(self) -> None:
        """Refuse laces that cannot be built.

        Raises:
            ParameterError: naming the valid range.
        """
        check_number("length", self.length, 0.15, 2.0)
        check_number("bending_stiffness", self.bending_stiffness, 1e-7, 1e-2)
        check_number("damping", self.damping, 0.0, 1.0)
        check_number("friction", self.friction, 0.0, 2.0)


def edge_lengths(length: float) -> Vector:
    """Return the rest lengths of the edges from the anchor to the aglet [m]: coarse first, fine at the end."""
    coarse = length - FINE_EDGES * FINE_EDGE
    count = round(coarse / COARSE_EDGE)
    return np.concatenate([np.full(count, coarse / count), np.full(FINE_EDGES, FINE_EDGE)])


def shown_vertices(last: int, count: int) -> NDArray[np.int64]:
    """Return which vertices of a lace to observe, (count,), from the anchor's side on.

    They lie as far from the aglet as evenly spaced ones of a lace of standard length, so that what a hand sees near
    the working end does not depend on how long a lace is; of a shorter one the anchor is seen several times.

    Args:
        last: index of the vertex at the aglet.
        count: how many to observe.
    """
    standard = len(edge_lengths(LaceParameters.length))
    behind = standard - np.round(np.linspace(0, standard, count)).astype(np.int64)
    return np.maximum(last - behind, 0)


def vertex_masses(length: float) -> Vector:
    """Return the lumped masses of the vertices [kg]: half of each neighbouring edge."""
    edges = edge_lengths(length)
    return DENSITY * 0.5 * (np.concatenate([[0.0], edges]) + np.concatenate([edges, [0.0]]))


def lace_xml(side: Side, lace: LaceParameters) -> tuple[str, str]:
    """Return the elements of one lace for `worldbody` and for `equality`.

    It lies straight along y from the origin of the world; `Lace.place` puts it where an episode wants it.
    """
    stations = np.concatenate([[0.0], np.cumsum(edge_lengths(lace.length))])
    count = len(stations)
    points = " ".join(f"{x:.6g} {side.sign * 1.0:g} 1" for x in stations)
    elements = " ".join(f"{i} {i + 1}" for i in range(count - 1))
    young = lace.bending_stiffness / (np.pi * RADIUS**4 / 4)
    mask = contacts.LACES[side]
    bits = f'contype="{mask.contype}" conaffinity="{mask.conaffinity}"'
    soft = f'solref="{_join(contacts.SOLREF)}" solimp="{_join(contacts.SOLIMP)}"'
    surface = f'{bits} {soft} friction="{lace.friction} 0.0005 0.0001" condim="4"'
    name = f"lace_{side}"
    body = f"""
    <flexcomp name="{name}" type="direct" dim="1" point="{points}" element="{elements}" radius="{RADIUS}"
        mass="{DENSITY * lace.length}" rgba=".85 .15 .15 1">
      <edge equality="true" solref="{_join(contacts.SOLREF)}" solimp="{_join(EDGE_SOLIMP)}"/>
      <elasticity young="{young}" damping="{lace.damping}"/>
      <contact {surface} selfcollide="none"/>
    </flexcomp>
    <body name="{name}_aglet" pos="{stations[-1]:.6g} {side.sign * 1.0:g} 1">
      <freejoint name="{name}_aglet"/>
      <geom name="{name}_aglet" type="capsule" size="{RADIUS}" mass="{AGLET_MASS}" rgba=".9 .75 .2 1"
        fromto="0 0 0 {AGLET_LENGTH - RADIUS} 0 0" {surface}/>
      <site name="{name}_tip" pos="{AGLET_LENGTH} 0 0" size="0.0005" group="4"/>
    </body>"""
    ties = "".join(
        f'<connect name="{name}_tie{i}" body1="{name}_{vertex}" body2="{name}_aglet" anchor="0 0 0" '
        f'solref="{_join(contacts.SOLREF)}" solimp="{_join(EDGE_SOLIMP)}"/>'
        for i, vertex in enumerate((count - 1, count - 2))
    )
    ties += (
        f'<connect name="{name}_anchor" body1="{name}_0" body2="world" anchor="0 0 0" '
        f'solref="{_join(contacts.SOLREF)}" solimp="{_join(EDGE_SOLIMP)}"/>'
    )
    return body, ties


def _join(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)


class Lace:
    """Handles of one lace in a compiled model: reads its shape and puts it into place."""

    def __init__(self, model: mujoco.MjModel, side: Side, parameters: LaceParameters) -> None:
        name = f"lace_{side}"
        self.side = side
        self.flex = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_FLEX, name)
        self.edge_lengths = edge_lengths(parameters.length)
        count = len(self.edge_lengths) + 1
        self.vertex_bodies = np.array([model.body(f"{name}_{i}").id for i in range(count)])
        self.aglet_body = model.body(f"{name}_aglet").id
        self.aglet_geom = model.geom(f"{name}_aglet").id
        self.tip_site = model.site(f"{name}_tip").id
        self._anchor = model.equality(f"{name}_anchor").id
        joints = model.body_jntadr[self.vertex_bodies]
        self._vertex_qpos = model.jnt_qposadr[joints][:, None] + np.arange(3)
        self._aglet_qpos = int(model.jnt_qposadr[model.body_jntadr[self.aglet_body]])
        self._home = model.body_pos[self.vertex_bodies].copy()
        self._write_masses(model, parameters)
        dof = int(model.body_dofadr[self.aglet_body])
        model.dof_damping[dof + 3 : dof + 6] = AGLET_SPIN_DAMPING

    def _write_masses(self, model: mujoco.MjModel, parameters: LaceParameters) -> None:
        """Give the vertices the masses of a uniform lace (flexcomp shares the mass out evenly)."""
        masses = vertex_masses(parameters.length)
        ratio = masses / model.body_mass[self.vertex_bodies]
        model.body_mass[self.vertex_bodies] = masses
        model.body_inertia[self.vertex_bodies] *= ratio[:, None]

    def place(self, model: mujoco.MjModel, data: mujoco.MjData, points: Vector, aglet_axis: Vector) -> None:
        """Lay the lace along `points` (vertices, 3) [m, world] with the aglet along `aglet_axis` (3,)."""
        data.qpos[self._vertex_qpos] = points - self._home
        address = self._aglet_qpos
        data.qpos[address : address + 3] = points[-1]
        data.qpos[address + 3 : address + 7] = _quaternion_along(aglet_axis)
        model.eq_data[self._anchor, 0:3] = 0.0
        model.eq_data[self._anchor, 3:6] = points[0]

    def points(self, data: mujoco.MjData) -> Vector:
        """Return vertices and tip from the anchor on [m, world], shape (vertices + 1, 3)."""
        return np.concatenate([data.xpos[self.vertex_bodies], data.site_xpos[self.tip_site][None]])

    def aglet_axis(self, data: mujoco.MjData) -> Vector:
        """Return the unit vector from the back of the aglet to its tip, shape (3,)."""
        return data.xmat[self.aglet_body].reshape(3, 3)[:, 0]

    def back(self, data: mujoco.MjData) -> Vector:
        """Return the back of the aglet, where the soft lace ends [m, world], shape (3,)."""
        return data.xpos[self.aglet_body]


def _quaternion_along(axis: Vector) -> Vector:
    """Return the rotation without roll that turns x into `axis`."""
    x = axis / np.linalg.norm(axis)
    y = np.cross([0.0, 0.0, 1.0] if abs(x[2]) < 0.99 else [1.0, 0.0, 0.0], x)
    y /= np.linalg.norm(y)
    quaternion = np.zeros(4)
    mujoco.mju_mat2Quat(quaternion, np.stack([x, y, np.cross(x, y)], axis=1).ravel())
    return quaternion
