"""The simulator behind the environment: steps the physics, and watches it for divergence.

MuJoCo resets itself silently when it meets NaN; time then runs backwards. Warnings, huge velocities and a step back in
time are reported as divergence, and the last good state is kept for inspection.
"""

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from .exceptions import TimeStepError
from .scene import Scene
from .spec import CONTROL_PERIOD, SIDES, Side

Array = NDArray[np.float64]

_MAX_SPEED = 200.0  # m/s or rad/s; a flicked aglet spins at less than half of that
_STATE = mujoco.mjtState.mjSTATE_INTEGRATION
_HOLD_FORCE = 0.3  # N on each pad


@dataclass(frozen=True)
class Touch:
    """What touches a lace at one instant."""

    held_by: frozenset[Side]  # hands of which both pads press on the lace
    touched_by: frozenset[Side]  # hands of which any part touches it


class Simulation:
    """One compiled world and its state."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.model = scene.model
        self.data = mujoco.MjData(scene.model)
        ratio = CONTROL_PERIOD / self.model.opt.timestep
        self.substeps = round(ratio)
        if abs(ratio - self.substeps) > 1e-6:
            raise TimeStepError(
                f"The control period {CONTROL_PERIOD} s is not a multiple of the time step "
                f"{self.model.opt.timestep} s; valid are its integer fractions."
            )
        self.tool_sites = [arm.tool_site for arm in scene.arms]
        self.divergence: str | None = None
        self.last_good: Array | None = None
        self._edge_rows = self._find_edge_rows()
        self._geom_side = self._find_geom_sides()
        self._aglets = [lace.aglet_geom for lace in scene.laces]
        self._foam = self.model.geom("foam").id

    def _find_edge_rows(self) -> NDArray[np.intp]:
        """Return the rows of the constraint force that stretch the laces' edges, (2, edges)."""
        rows, start = {}, 0
        for kind, first in zip(self.model.eq_type, self.model.eq_obj1id, strict=True):
            if kind == mujoco.mjtEq.mjEQ_FLEX:
                count = int(self.model.flex_edgenum[first])
                rows[int(first)] = np.arange(start, start + count)
            else:
                count = {mujoco.mjtEq.mjEQ_CONNECT: 3, mujoco.mjtEq.mjEQ_WELD: 6}.get(kind, 1)
            start += count
        return np.stack([rows[lace.flex] for lace in self.scene.laces])

    def _find_geom_sides(self) -> NDArray[np.int64]:
        """Return for every geom the index of the arm that it belongs to, -1 for none; (geoms + 1,)."""
        sides = np.full(self.model.ngeom + 1, -1)
        for geom in range(self.model.ngeom):
            body = self.model.body(self.model.geom_bodyid[geom]).name
            for side in SIDES:
                if f"openarm_{side}" in body:
                    sides[geom] = side.index
        return sides

    def reset(self) -> None:
        """Put the state back to the model's default, forget any divergence."""
        mujoco.mj_resetData(self.model, self.data)
        self.divergence = None
        self.last_good = None

    def step(self, actuators: NDArray[np.intp], setpoints: Array) -> None:
        """Advance by one tick: one physics step for every row of `setpoints` (substeps, actuators)."""
        model, data, control = self.model, self.data, self.data.ctrl
        before = data.time
        for row in setpoints:
            control[actuators] = row
            mujoco.mj_step(model, data)
        self._watch(before + len(setpoints) * model.opt.timestep)

    def _watch(self, expected_time: float) -> None:
        data = self.data
        speed = np.abs(data.qvel).max()
        warnings = int(sum(data.warning.number))
        if abs(data.time - expected_time) > 1e-6:
            self.divergence = f"time is {data.time:.4f} s instead of {expected_time:.4f} s"
        elif warnings:
            self.divergence = f"MuJoCo gave {warnings} warnings"
        elif not speed < _MAX_SPEED:
            self.divergence = f"a velocity of {speed:.3g} exceeds {_MAX_SPEED}"
        if self.divergence is None:
            self.last_good = self.get_state()

    def get_state(self) -> Array:
        """Return everything that MuJoCo needs to continue bit-identically."""
        state = np.empty(mujoco.mj_stateSize(self.model, _STATE))
        mujoco.mj_getState(self.model, self.data, state, _STATE)
        return state

    def set_state(self, state: Array) -> None:
        """Continue from `get_state`."""
        mujoco.mj_resetData(self.model, self.data)
        mujoco.mj_setState(self.model, self.data, state, _STATE)
        mujoco.mj_forward(self.model, self.data)
        mujoco.mj_setState(self.model, self.data, state, _STATE)

    def tool_pose(self) -> tuple[Array, Array]:
        """Return measured tool positions (2, 3) [m] and orientations (2, 3, 3) in the world."""
        data = self.data
        return data.site_xpos[self.tool_sites], data.site_xmat[self.tool_sites].reshape(2, 3, 3)

    def penetration(self) -> float:
        """Return the deepest overlap of any contact but those with the foam [m]."""
        contact = self.data.contact
        hard = (contact.geom != self._foam).all(axis=1)
        distances = contact.dist[hard]
        return float(max(0.0, -distances.min())) if len(distances) else 0.0

    def stretch(self) -> tuple[float, float]:
        """Return the largest relative stretch and the largest tension [N] of any edge of the laces."""
        length = self.data.flexedge_length / self.model.flexedge_length0
        tension = np.abs(self.data.efc_force[self._edge_rows])
        return float(length.max() - 1.0), float(tension.max())

    def touches(self) -> tuple[Touch, Touch]:
        """Return what touches each lace."""
        contact = self.data.contact
        geom, flex = contact.geom, contact.flex
        sides = self._geom_side[geom]  # (contacts, 2), index -1 wraps to the spare entry
        hand = sides.max(axis=1)
        on_arm = hand >= 0
        result = []
        for lace, aglet in zip(self.scene.laces, self._aglets, strict=True):
            mine = on_arm & ((flex == lace.flex) | (geom == aglet)).any(axis=1)
            result.append(self._touch(np.flatnonzero(mine), geom, hand))
        return result[0], result[1]

    def _touch(self, rows: NDArray[np.intp], geom: Array, hand: Array) -> Touch:
        force: dict[int, float] = {}
        touched = set()
        for row in rows:
            touched.add(SIDES[int(hand[row])])
            address = self.data.contact.efc_address[row]
            for body in geom[row]:
                if address >= 0 and body >= 0:
                    push = float(self.data.efc_force[address])
                    force[int(body)] = force.get(int(body), 0.0) + push
        held = {
            side
            for side in SIDES
            if all(force.get(pad, 0.0) > _HOLD_FORCE for pad in self.scene.arms[side.index].pads)
        }
        return Touch(frozenset(held), frozenset(touched))
