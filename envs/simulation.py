"""The simulator behind the environment: steps the physics, and watches it for divergence.

MuJoCo resets itself silently when it meets NaN; time then runs backwards. Warnings, huge velocities and a step back in
time are reported as divergence, and the last good state is kept for inspection.
"""

import mujoco
import numpy as np
from numpy.typing import NDArray

from .exceptions import TimeStepError
from .scene import Scene
from .spec import CONTROL_PERIOD
from .touch import Touch, TouchReader

Array = NDArray[np.float64]

_MAX_SPEED = 50.0  # m/s
_MAX_SPIN = 2000.0  # rad/s; an aglet of 1.1 mm radius that rolls out of two hands at 0.7 m/s spins at 640 rad/s
_STATE = mujoco.mjtState.mjSTATE_INTEGRATION


class Simulation:
    """One compiled world and its state."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.model = scene.model
        self.data = mujoco.MjData(scene.model)
        self.substeps = _substeps(self.model.opt.timestep)
        self.tool_sites = [arm.tool_site for arm in scene.arms]
        self.touch_reader = TouchReader(scene)
        self.divergence: str | None = None
        self.last_good: Array | None = None
        size = mujoco.mj_stateSize(self.model, _STATE)
        self._before, self._before_that = np.empty(size), np.empty(size)
        self._stepped = False
        self._edge_rows = self._find_edge_rows()
        self._foam = self.model.geom("foam").id
        self._limits = _velocity_limits(self.model)

    def _find_edge_rows(self) -> NDArray[np.intp]:
        """Return the rows of the constraint force that stretch the laces' edges, (2, edges)."""
        rows, start = {}, 0
        for kind, first in zip(map(mujoco.mjtEq, self.model.eq_type), self.model.eq_obj1id, strict=True):
            if kind == mujoco.mjtEq.mjEQ_FLEX:
                count = int(self.model.flex_edgenum[first])
                rows[int(first)] = np.arange(start, start + count)
            else:
                count = {mujoco.mjtEq.mjEQ_CONNECT: 3, mujoco.mjtEq.mjEQ_WELD: 6}.get(kind, 1)
            start += count
        return np.stack([rows[lace.flex] for lace in self.scene.laces])

    def reset(self) -> None:
        """Put the state back to the model's default, forget any divergence."""
        mujoco.mj_resetData(self.model, self.data)
        self.divergence = None
        self.last_good = None
        self._stepped = False

    def step(self, actuators: NDArray[np.intp], setpoints: Array) -> None:
        """Advance by one tick: one physics step for every row of `setpoints` (substeps, actuators)."""
        model, data, control = self.model, self.data, self.data.ctrl
        before = data.time
        for row in setpoints[:-1]:
            control[actuators] = row
            mujoco.mj_step(model, data)
        control[actuators] = setpoints[-1]
        self._remember()
        mujoco.mj_step(model, data)
        self._watch(before + len(setpoints) * model.opt.timestep)

    def _remember(self) -> None:
        """Keep the state before the last step: after a step, positions, contacts and forces still belong to it."""
        self._before, self._before_that = self._before_that, self._before
        mujoco.mj_getState(self.model, self.data, self._before, _STATE)
        self._stepped = True

    def _watch(self, expected_time: float) -> None:
        data = self.data
        excess = np.abs(data.qvel) / self._limits
        warnings = data.warning.number.sum()
        if abs(data.time - expected_time) > 1e-6:
            self.divergence = f"time is {data.time:.4f} s instead of {expected_time:.4f} s"
        elif warnings:
            self.divergence = f"MuJoCo gave {warnings} warnings"
        elif not excess.max() < 1.0:
            worst = int(excess.argmax())
            self.divergence = f"a velocity of {data.qvel[worst]:.3g} exceeds {self._limits[worst]:g}"
        if self.divergence is None:
            self.last_good = self._before

    def get_state(self) -> Array | None:
        """Return what MuJoCo needs to come to this instant again, bit for bit; None before the first step."""
        return self._before.copy() if self._stepped else None

    def set_state(self, state: Array | None) -> None:
        """Come to the instant of `get_state`; on None, stay in the state of the reset."""
        if state is None:
            return
        mujoco.mj_setState(self.model, self.data, state, _STATE)
        self._remember()
        mujoco.mj_step(self.model, self.data)

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
        return float(length.max() - 1.0), float(self.tensions().max())

    def tensions(self) -> Array:
        """Return the tension of every edge of both laces, (2, edges) [N]; the last edge ends at the aglet."""
        tension: Array = np.abs(self.data.efc_force[self._edge_rows])
        return tension

    def touches(self) -> tuple[Touch, Touch]:
        """Return what touches each lace."""
        return self.touch_reader.read(self.data)


def _velocity_limits(model: mujoco.MjModel) -> Array:
    """Return what no degree of freedom reaches in working physics (nv,) [m/s or rad/s]."""
    limits = np.full(model.nv, _MAX_SPIN)
    for start, kind in zip(model.jnt_dofadr, model.jnt_type, strict=True):
        moves = {mujoco.mjtJoint.mjJNT_FREE: 3, mujoco.mjtJoint.mjJNT_SLIDE: 1}.get(mujoco.mjtJoint(kind), 0)
        limits[start : start + moves] = _MAX_SPEED
    return limits


def _substeps(timestep: float) -> int:
    """Return how many physics steps make a tick.

    Raises:
        TimeStepError: if it is not an integer.
    """
    ratio = CONTROL_PERIOD / timestep
    if abs(ratio - round(ratio)) > 1e-6:
        raise TimeStepError(
            f"The control period {CONTROL_PERIOD} s is not a multiple of the time step {timestep} s; "
            "valid are its integer fractions."
        )
    return round(ratio)
