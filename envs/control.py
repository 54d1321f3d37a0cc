"""From actions to servo set-points: wrist-frame deltas, inverse kinematics, interpolation, feed-forward.

One action moves the commanded pose of each tool in its own frame; inverse kinematics turn the commanded poses into
joint targets under joint and velocity limits; the joint targets reach the servos interpolated within the 50 ms tick.
The feed-forward cancels the servos' lag: with the maker's gains it cuts the tracking error at 100 mm/s from 5 to 0.3 mm.
"""

from dataclasses import dataclass, field, replace

import mujoco
import numpy as np
from numpy.typing import NDArray

from .entities import fingertips
from .entities.openarms import GRIP_FORCE
from .kinematics import Kinematics, home
from .rotations import rotation_matrix, rotation_vector
from .scene import ArmHandles
from .spec import (
    ACTION_PER_ARM,
    ARM_JOINTS,
    CONTROL_PERIOD,
    GRIPPER_OPENING,
    ROTATION_SCALE,
    SIDES,
    TRANSLATION_SCALE,
)

Array = NDArray[np.float64]

_INTEGRAL_GAIN, _INTEGRAL_LEAK = 0.2, 0.97  # per tick
_INTEGRAL_LIMIT = np.repeat([0.004, 0.02], 3)  # m, rad
_INTEGRAL_INPUT = np.repeat([0.002, 0.01], 3)  # m, rad
_SLOW = 0.003  # m per tick; the integral acts only on slow, precise motion
_WINDUP = (0.010, 0.08)  # m, rad: how far a commanded pose may run ahead of what the arm can reach
_FRICTION_SPEED = 0.01  # rad/s at which the friction feed-forward saturates
_SIGNS = np.array([side.sign for side in SIDES])


def finger_angle(opening: float) -> float:
    """Return the commanded finger angle [rad] for a gripper action in [-1, 1].

    -1 squeezes with the full grip force (the servo is a spring of 30 N m/rad), 0 just touches, 1 opens fully.
    """
    stiffness = 30.0  # N m/rad, the maker's gain
    squeeze = fingertips.CLOSED_ANGLE - 2 * GRIP_FORCE * fingertips.PAD_LEVER / stiffness
    if opening < 0:
        return fingertips.CLOSED_ANGLE - opening * (squeeze - fingertips.CLOSED_ANGLE)
    return fingertips.CLOSED_ANGLE + opening * GRIPPER_OPENING / 2 / fingertips.PAD_LEVER


@dataclass
class ControlState:
    """Everything the controller remembers; leading axes are (left, right)."""

    position: Array  # (2, 3) commanded tool positions [m]
    rotation: Array  # (2, 3, 3) commanded tool orientations
    joints: Array  # (14,) joint targets [rad]
    velocity: Array  # (14,) their velocity over the last tick [rad/s]
    bias: Array = field(default_factory=lambda: np.zeros((2, 6)))  # leaky integral of the tool error [m, rad]
    fingers: Array = field(default_factory=lambda: np.zeros(2))  # (2,) finger angle targets [rad]

    def copy(self) -> "ControlState":
        """Return an independent copy."""
        return replace(self, **{name: value.copy() for name, value in vars(self).items()})


class Controller:
    """Turns one action per tick into servo set-points for every physics step of the tick."""

    def __init__(self, model: mujoco.MjModel, arms: tuple[ArmHandles, ArmHandles], substeps: int) -> None:
        self.kinematics = Kinematics()
        dofs = np.concatenate([arm.dofs for arm in arms])
        actuators = np.concatenate([arm.actuators for arm in arms])
        stiffness = model.actuator_gainprm[actuators, 0]
        damping = model.dof_damping[dofs].reshape(-1) - model.actuator_biasprm[actuators, 2]
        self._lag = damping / stiffness  # seconds
        self._friction = model.dof_frictionloss[dofs].reshape(-1) / stiffness  # rad
        self._phase = (np.arange(substeps) + 1.0)[:, None] / substeps
        self._blend = np.minimum(1.0, 2 * self._phase)
        self.actuators = np.concatenate([actuators, [arm.finger_actuator for arm in arms]])
        self.state = self.initial_state()

    def initial_state(self) -> ControlState:
        """Return the state with both arms at rest at home and open hands."""
        joints = np.concatenate([home(side) for side in SIDES])
        return self.state_at(joints)

    def state_at(self, joints: Array, openings: tuple[float, float] = (0.6, 0.6)) -> ControlState:
        """Return the state at rest at joint angles (14,) with gripper actions `openings`."""
        position, rotation = self.kinematics.forward(joints)
        fingers = np.array([finger_angle(opening) for opening in openings])
        return ControlState(position, rotation, joints.copy(), np.zeros(2 * ARM_JOINTS), fingers=fingers)

    def command(self, action: Array, measured_position: Array, measured_rotation: Array) -> Array:
        """Advance the targets by one action and return set-points (substeps, 16) in order of `actuators`.

        Args:
            action: (14,) in [-1, 1], see spec.
            measured_position: tool positions now (2, 3) [m].
            measured_rotation: tool orientations now (2, 3, 3).
        """
        state = self.state
        steps = action.reshape(2, ACTION_PER_ARM)
        shift = (state.rotation @ (steps[:, :3, None] * TRANSLATION_SCALE))[:, :, 0]
        state.bias = self._integrate_error(shift, measured_position, measured_rotation)
        turns = _rotation_matrices(steps[:, 3:6] * ROTATION_SCALE)
        state.position, state.rotation = state.position + shift, state.rotation @ turns
        biased = _rotation_matrices(state.bias[:, 3:]) @ state.rotation
        joints = self.kinematics.solve(state.joints, state.position + state.bias[:, :3], biased)
        self._limit_windup(joints)
        fingers = np.array([finger_angle(step[6]) for step in steps.tolist()])
        return self._interpolate(joints, fingers)

    def _integrate_error(self, shift: Array, measured_position: Array, measured_rotation: Array) -> Array:
        """Return the leaky integral (2, 6) of the tool error, which removes what gravity and friction leave over."""
        state, error = self.state, np.empty((2, 6))
        error[:, :3] = state.position - measured_position
        turns = state.rotation @ measured_rotation.transpose(0, 2, 1)
        error[0, 3:], error[1, 3:] = rotation_vector(turns[0]), rotation_vector(turns[1])
        slow = (shift * shift).sum(axis=1, keepdims=True) <= _SLOW**2
        rise = _INTEGRAL_GAIN * np.clip(error, -_INTEGRAL_INPUT, _INTEGRAL_INPUT) * slow
        return np.clip(_INTEGRAL_LEAK * state.bias + rise, -_INTEGRAL_LIMIT, _INTEGRAL_LIMIT)

    def _limit_windup(self, joints: Array) -> None:
        """Keep the commanded poses within reach, so that a target behind a limit does not run away."""
        state = self.state
        position, rotation = self.kinematics.forward(joints)
        gap = state.position - position
        distance = np.sqrt((gap * gap).sum(axis=1))
        traces = (state.rotation * rotation).sum(axis=(1, 2))  # 1 + 2 cos(angle between them)
        for i in np.flatnonzero(distance > _WINDUP[0]):
            state.position[i] = position[i] + gap[i] * (_WINDUP[0] / distance[i])
        for i in np.flatnonzero(traces < 1 + 2 * np.cos(_WINDUP[1])):
            turn = rotation_vector(state.rotation[i] @ rotation[i].T)
            turn *= _WINDUP[1] / np.sqrt(turn @ turn)
            state.rotation[i] = rotation_matrix(turn) @ rotation[i]

    def _interpolate(self, joints: Array, fingers: Array) -> Array:
        """Return set-points (substeps, 16) from the last targets to new ones."""
        state = self.state
        step = joints - state.joints
        velocity = step / CONTROL_PERIOD
        moving = state.velocity + self._blend * (velocity - state.velocity)
        rows = np.empty((len(self._phase), len(self.actuators)))
        rows[:, :-2] = state.joints + self._phase * step
        rows[:, :-2] += self._lag * moving + self._friction * np.tanh(moving / _FRICTION_SPEED)
        rows[:, -2:] = (state.fingers + self._blend * (fingers - state.fingers)) * _SIGNS
        state.joints, state.velocity, state.fingers = joints, velocity, fingers
        return rows


def _rotation_matrices(vectors: Array) -> Array:
    """Return the rotation matrices (2, 3, 3) of two rotation vectors (2, 3) [rad]."""
    matrices = np.empty((2, 3, 3))
    matrices[0], matrices[1] = rotation_matrix(vectors[0]), rotation_matrix(vectors[1])
    return matrices
