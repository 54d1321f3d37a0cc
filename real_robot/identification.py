"""Fits the simulator to a robot: friction, damping and gain of the joints, delay of the wire, stiffness of the lace.

The fit itself is that of MuJoCo's `sysid` toolbox (parameters with bounds, least squares, confidence intervals); the
forward models are ours, as its delays and laces are none of the toolbox. Factors multiply the simulator's nominal values.
"""

import contextlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mujoco
import numpy as np
from mujoco import rollout

from lacelab.envs.composition import composer, mjcf
from lacelab.envs.entities.openarms import OpenArms
from lacelab.envs.scene import arm_handles
from lacelab.envs.spec import SIDES

from .drivers.vendors import vendor
from .exceptions import CalibrationError, DriverMissingError
from .recording import Motion
from .robot import Array

_TIMESTEP = 0.0025  # s, the scene's
_NOISE = 1e-3  # rad, what a unit of the residual means

Residual = Callable[[Mapping[str, float]], Array]


@dataclass(frozen=True)
class Unknown:
    """One parameter to find.

    Attributes:
        start: first guess.
        low: least value.
        high: largest value.
    """

    start: float
    low: float
    high: float


ARM_UNKNOWNS: dict[str, Unknown] = {
    "joint_friction": Unknown(1.0, 0.1, 5.0),
    "joint_damping": Unknown(1.0, 0.1, 5.0),
    "servo_stiffness": Unknown(1.0, 0.5, 2.0),
    "delay": Unknown(0.02, 0.0, 0.3),  # s
}


@dataclass(frozen=True)
class Fit:
    """What was found.

    Attributes:
        values: by name; factors of the nominal value, `delay` in seconds.
        intervals: half widths of their 95 % confidence intervals, if the model is right.
        error: root mean square of what the model does not explain, in the residual's units.
    """

    values: dict[str, float]
    intervals: dict[str, float]
    error: float

    def ranges(self, spread: float = 0.1) -> dict[str, tuple[float, float]]:
        """Return a range around each value to randomise in: the interval, at least `spread` of the value either way."""
        widths = {name: max(spread * value, self.intervals[name]) for name, value in self.values.items()}
        return {name: (max(0.0, value - widths[name]), value + widths[name]) for name, value in self.values.items()}


def fit(unknowns: Mapping[str, Unknown], residual: Residual) -> Fit:
    """Find the parameters that make a residual least.

    Raises:
        DriverMissingError: MuJoCo's toolbox lacks its own requirements.
        CalibrationError: the data say nothing about a parameter.
    """
    sysid = _toolbox()
    parameters = sysid.ParameterDict()
    for name, unknown in unknowns.items():
        parameters.add(sysid.Parameter(name, unknown.start, unknown.low, unknown.high))

    def residuals(x: Array, _: Any) -> tuple[list[Array], None, None]:
        columns = x[:, None] if x.ndim == 1 else x
        found = [residual(dict(zip(unknowns, column.tolist(), strict=True))) for column in columns.T]
        return [found[0] if x.ndim == 1 else np.stack(found, axis=1)], None, None

    scale = np.array([unknown.high - unknown.low for unknown in unknowns.values()])
    with contextlib.redirect_stdout(io.StringIO()):  # The toolbox prints every iteration whatever it is told.
        best, result = sysid.optimize(
            parameters, residuals, "scipy", verbose=False, x_scale=scale, diff_step=1e-3, xtol=1e-3, ftol=1e-4
        )
    x = best.as_vector()
    left = residuals(x, None)[0]
    jacobian = np.asarray(result.jac)
    silent = [name for name, column in zip(unknowns, jacobian.T, strict=True) if np.linalg.norm(column) < 1e-9]
    if silent:
        raise CalibrationError(f"The recording says nothing about {', '.join(silent)}: excite more.")
    _, widths = sysid.calculate_intervals(left, jacobian)
    return Fit(
        dict(zip(unknowns, x.tolist(), strict=True)),
        dict(zip(unknowns, np.asarray(widths).ravel().tolist(), strict=True)),
        float(np.sqrt(np.mean(left[0] ** 2))),
    )


def _toolbox() -> Any:
    sysid = vendor("mujoco.sysid", "identification")
    if not hasattr(sysid, "optimize"):  # It hides what it misses.
        raise DriverMissingError("MuJoCo's sysid toolbox is incomplete. Run: pip install 'lacelab[identification]'.")
    return sysid


@dataclass
class ArmModel:
    """Both arms alone, without contacts: joints follow set-points as in the simulator."""

    model: mujoco.MjModel = field(default_factory=lambda: _arms())

    def __post_init__(self) -> None:
        arms = [arm_handles(self.model, side) for side in SIDES]
        self._dofs = np.concatenate([arm.dofs for arm in arms])
        self._servos = np.concatenate([arm.actuators for arm in arms])
        self._qpos = np.concatenate([[*arm.qpos, arm.finger_qpos[0]] for arm in arms])
        self._mirrored = np.array([arm.finger_qpos[1] for arm in arms])
        self._controls = np.concatenate([[*arm.actuators, arm.finger_actuator] for arm in arms])
        self._nominal = (
            self.model.dof_frictionloss.copy(),
            self.model.dof_damping.copy(),
            self.model.actuator_gainprm.copy(),
            self.model.actuator_biasprm.copy(),
        )
        self._data = mujoco.MjData(self.model)

    def positions(self, motion: Motion, values: Mapping[str, float]) -> Array:
        """Return the joint positions (m, 2, 8) [rad] that the set-points of a recording lead to at its states' times.

        Args:
            motion: the recording; it begins at rest.
            values: parameters as in `ARM_UNKNOWNS`; what is missing is nominal.
        """
        self._write(values)
        start = min(motion.times[0], motion.sent[0])
        steps = int(np.ceil((motion.times[-1] - start) / _TIMESTEP)) + 2
        times = start + _TIMESTEP * np.arange(steps)
        flat = motion.setpoints.reshape(len(motion.sent), -1)
        late = times - values.get("delay", 0.0)
        control = np.zeros((steps, self.model.nu))
        control[:, self._controls] = np.stack([np.interp(late, motion.sent, column) for column in flat.T], axis=1)
        states = self._roll(motion.positions[0].ravel(), control)
        place = 1 + self._qpos  # time comes first
        found = [np.interp(motion.times, times + _TIMESTEP, states[:, index]) for index in place]
        return np.stack(found, axis=1).reshape(-1, 2, 8)

    def _write(self, values: Mapping[str, float]) -> None:
        """Put factors of the nominal values into the model."""
        friction, damping, gain, bias = self._nominal
        model, dofs, servos = self.model, self._dofs, self._servos
        model.dof_frictionloss[dofs] = friction[dofs] * values.get("joint_friction", 1.0)
        model.dof_damping[dofs] = damping[dofs] * values.get("joint_damping", 1.0)
        stiffness = values.get("servo_stiffness", 1.0)
        model.actuator_gainprm[servos, 0] = gain[servos, 0] * stiffness
        model.actuator_biasprm[servos, 1] = bias[servos, 1] * stiffness

    def _roll(self, rest: Array, control: Array) -> Array:
        """Return the states (steps, ...) from rest at joint positions (16,) [rad]."""
        mujoco.mj_resetData(self.model, self._data)
        self._data.qpos[self._qpos] = rest
        self._data.qpos[self._mirrored] = rest[7::8]
        size = mujoco.mj_stateSize(self.model, mujoco.mjtState.mjSTATE_FULLPHYSICS)
        state = np.empty(size)
        mujoco.mj_getState(self.model, self._data, state, mujoco.mjtState.mjSTATE_FULLPHYSICS)
        states, _ = rollout.rollout(self.model, [self._data], state, control)
        return np.asarray(states, float)[0]


def identify_arms(motion: Motion, unknowns: Mapping[str, Unknown] | None = None) -> Fit:
    """Find friction, damping and gain of the joints and the delay of the wire from one recording."""
    arms = ArmModel()

    def residual(values: Mapping[str, float]) -> Array:
        gap = (arms.positions(motion, values) - motion.positions)[:, :, :7] / _NOISE
        flat: Array = gap.ravel()
        return flat

    return fit(unknowns or ARM_UNKNOWNS, residual)


def _arms() -> mujoco.MjModel:
    """Compile both arms as in the scene, without anything to touch."""
    arena = composer.Arena()
    arena.attach(OpenArms())
    arena.mjcf_model.option.timestep = _TIMESTEP
    model = mjcf.Physics.from_mjcf_model(arena.mjcf_model).model.ptr
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_DISCRETE  # the scene's
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONTACT
    return model
