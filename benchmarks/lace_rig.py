"""A bench for one lace: the lace of the environments, held, pulled and wound around things, without a robot."""

from collections.abc import Iterator, Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from lacelab.envs import contacts
from lacelab.envs.composition import mjcf
from lacelab.envs.entities.arena import OPTION
from lacelab.envs.entities.lace import EDGE_SOLIMP, Lace, LaceParameters, edge_lengths, lace_xml
from lacelab.envs.entities.shoe import Shoe, ShoeParameters
from lacelab.envs.scene import TIMESTEP
from lacelab.envs.spec import Side

Vector = NDArray[np.float64]

GRAVITY = 9.81  # m/s^2
SIDE = Side.RIGHT
_CALM = 2e-3  # N s/m on every vertex, where only the equilibrium matters

_WORLD = """
<mujoco>{option}
  <option gravity="0 0 {gravity}"/>
  <worldbody>{fixtures}{body}</worldbody>
  <equality>{ties}{holds}</equality>
</mujoco>"""

_HOLD = """
    <connect name="hold{vertex}" body1="lace_{side}_{vertex}" body2="world" anchor="0 0 0" solref="{solref}"
        solimp="{solimp}"/>"""

# A cylinder along y through the origin, as slippery as the lace.
_DRUM = """
    <geom name="drum" type="cylinder" size="{radius} 0.05" euler="1.5707963267948966 0 0" condim="4"
        contype="{bits.contype}" conaffinity="{bits.conaffinity}" friction="{friction} 0.0005 0.0001" solref="{solref}"
        solimp="{solimp}"/>"""


class Rig:
    """One lace with its aglet, with the solver and contact parameters of the environments."""

    def __init__(
        self,
        parameters: LaceParameters,
        held: Sequence[int] = (),
        gravity: bool = True,
        drum_radius: float | None = None,
        shoe: ShoeParameters | None = None,
    ) -> None:
        """Compile it.

        Args:
            parameters: of the lace.
            held: vertices that are held in space, counted from the anchor, besides the anchor itself.
            gravity: whether there is any.
            drum_radius: of a cylinder to wind the lace around [m].
            shoe: something to thread, in its own frame.
        """
        body, ties = lace_xml(SIDE, parameters)
        xml = _WORLD.format(
            option=OPTION.format(timestep=TIMESTEP),
            gravity=-GRAVITY if gravity else 0.0,
            fixtures="" if drum_radius is None else _drum(drum_radius, parameters.friction),
            body=body,
            ties=ties,
            holds="".join(_hold(vertex) for vertex in held),
        )
        root = mjcf.from_xml_string(xml)
        if shoe is not None:
            root.attach(Shoe(shoe).mjcf_model)
        self.model: mujoco.MjModel = mjcf.Physics.from_mjcf_model(root).model.ptr
        self.lace = Lace(self.model, SIDE, parameters)
        mujoco.mj_setConst(self.model, mujoco.MjData(self.model))
        self.data = mujoco.MjData(self.model)
        self.edges = edge_lengths(parameters.length)
        self.friction = parameters.friction
        self._held = held
        self._ties = list(self.model.eq_type).index(mujoco.mjtEq.mjEQ_FLEX)  # connections before the edges' rows

    @property
    def points(self) -> Vector:
        """Vertices from the anchor to the aglet's back (vertices, 3) [m]."""
        return self.data.xpos[self.lace.vertex_bodies]

    @property
    def tensions(self) -> Vector:
        """Tension of every edge (edges,) [N]."""
        ties = 3 * int(self.data.eq_active[: self._ties].sum())
        return np.abs(self.data.efc_force[ties : ties + len(self.edges)])

    @property
    def stretches(self) -> Vector:
        """Relative stretch of every edge (edges,)."""
        return self.data.flexedge_length / self.model.flexedge_length0 - 1.0

    @property
    def penetration(self) -> float:
        """Deepest overlap of any contact [m]."""
        return float(max(0.0, -self.data.contact.dist.min())) if self.data.ncon else 0.0

    def place(self, points: Vector, aglet_axis: Vector) -> None:
        """Lay the lace along vertices (vertices, 3) [m] and hold there what is to be held."""
        self.lace.place(self.model, self.data, points, aglet_axis)
        for vertex in self._held:
            self.model.eq_data[self.model.equality(f"hold{vertex}").id, 3:6] = points[vertex]
        mujoco.mj_forward(self.model, self.data)

    def release_anchor(self) -> None:
        """Let go of vertex 0."""
        self.data.eq_active[self.model.equality(f"lace_{SIDE}_anchor").id] = 0

    def move_anchor(self, point: Vector) -> None:
        """Hold vertex 0 at another point [m]."""
        self.model.eq_data[self.model.equality(f"lace_{SIDE}_anchor").id, 3:6] = point

    def pull(self, body: int, force: Vector) -> None:
        """Apply a force (3,) [N] to a body from now on."""
        self.data.xfrc_applied[body, :3] = force

    def carry_aglet(self) -> None:
        """Carry the aglet's weight, so that only the lace itself sags."""
        aglet = self.lace.aglet_body
        self.pull(aglet, np.array([0.0, 0.0, GRAVITY * self.model.body_mass[aglet]]))

    def calm(self, damping: float = _CALM) -> None:
        """Damp the vertices' motion [N s/m]; an equilibrium stays what it is."""
        self.model.dof_damping[self.model.body_dofadr[self.lace.vertex_bodies][:, None] + np.arange(3)] = damping

    def guide_aglet(self, translation: float, rotation: float) -> None:
        """Damp the aglet as a hand does, across y [N s/m] and about all axes [N m s/rad]."""
        dof = int(self.model.body_dofadr[self.lace.aglet_body])
        self.model.dof_damping[[dof, dof + 2]] = translation
        self.model.dof_damping[dof + 3 : dof + 6] = rotation

    def run(self, duration: float) -> Iterator[float]:
        """Step for a duration [s]; yields the time since the start before every step."""
        for step in range(round(duration / self.model.opt.timestep)):
            yield step * self.model.opt.timestep
            mujoco.mj_step(self.model, self.data)

    def settle(self, duration: float) -> None:
        """Step for a duration [s]."""
        for _ in self.run(duration):
            pass


def _hold(vertex: int) -> str:
    return _HOLD.format(vertex=vertex, side=SIDE, solref=_join(contacts.SOLREF), solimp=_join(EDGE_SOLIMP))


def _drum(radius: float, friction: float) -> str:
    return _DRUM.format(
        radius=radius,
        bits=contacts.FIXED,
        friction=friction,
        solref=_join(contacts.SOLREF),
        solimp=_join(contacts.SOLIMP),
    )


def _join(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)
