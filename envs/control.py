"""From actions to servo set-points: wrist-frame deltas, differential inverse kinematics, interpolation, feed-forward.

One action moves the commanded pose of each tool in its own frame; mink turns the commanded poses into joint targets
under joint and velocity limits; the joint targets reach the servos interpolated within the 50 ms tick. The feed-forward
cancels the servos' lag: with the maker's gains it cuts the tracking error at 100 mm/s from 5 to 0.3 mm.
"""

from dataclasses import dataclass, field, replace

import mink
import mujoco
import numpy as np
from numpy.typing import NDArray

from .composition import mjcf
from .entities import fingertips
from .entities.openarms import GRIP_FORCE, MOUNT_HEIGHT, VELOCITY_LIMIT, OpenArms
from .scene import ArmHandles
from .spec import (
    ACTION_PER_ARM,
    ARM_JOINTS,
    CONTROL_PERIOD,
    GRIPPER_OPENING,
    ROTATION_SCALE,
    SIDES,
    TRANSLATION_SCALE,
    Side,
)

Array = NDArray[np.float64]

_POSITION_COST = 1.0
_ORIENTATION_COST = 0.1  # m/rad: weighs 1 rad like 0.1 m
_POSTURE_COST = 1e-3  # decides the elbow only
_DAMPING = 1e-5
_WINDUP = (0.006, 0.06)  # m, rad: how far a commanded pose may run ahead of what the arm can reach
_INTEGRAL_GAIN, _INTEGRAL_LEAK = 0.2, 0.97  # per tick
_INTEGRAL_LIMIT = (0.004, 0.02)  # m, rad
_INTEGRAL_INPUT = (0.002, 0.01)  # m, rad
_SLOW = 0.003  # m per tick; the integral acts only on slow, precise motion
_FRICTION_SPEED = 0.01  # rad/s at which the friction feed-forward saturates

# Hands above the mat beside the shoe, pads down; the mirror image for the other arm (see symmetry.JOINT_SIGNS).
HOME_LEFT = np.array([0.25, -1.456, 0.179, 1.939, -1.113, -0.141, -0.352])
MIRROR_SIGNS = np.array([-1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0])


def home(side: Side) -> Array:
    """Return the joint angles at the start of an episode [rad], shape (7,)."""
    return HOME_LEFT if side is Side.LEFT else HOME_LEFT * MIRROR_SIGNS


def finger_angle(opening: float) -> float:
    """Return the commanded finger angle [rad] for a gripper action in [-1, 1].

    -1 squeezes with the full grip force (the servo is a spring of 30 N m/rad), 0 just touches, 1 opens fully.
    """
    stiffness = 30.0  # N m/rad, the maker's gain
    squeeze = fingertips.CLOSED_ANGLE - 2 * GRIP_FORCE * fingertips.PAD_LEVER / stiffness
    if opening < 0:
        return fingertips.CLOSED_ANGLE - opening * (squeeze - fingertips.CLOSED_ANGLE)
    return fingertips.CLOSED_ANGLE + opening * GRIPPER_OPENING / 2 / fingertips.PAD_LEVER


def kinematic_model() -> mujoco.MjModel:
    """Compile both arms without fingers, geoms or actuators: 14 joints, left arm first."""
    arms = OpenArms().mjcf_model
    for element in [*arms.find_all("geom"), *arms.find_all("actuator"), *arms.equality.all_children()]:
        element.remove()
    for joint in arms.find_all("joint"):
        if "finger" in joint.name:
            joint.remove()
    for asset in list(arms.asset.all_children()):
        asset.remove()
    root = mjcf.RootElement(model="kinematics")
    root.attach(arms).pos = [0.0, 0.0, MOUNT_HEIGHT]
    return mjcf.Physics.from_mjcf_model(root).model.ptr


@dataclass
class ControlState:
    """Everything the controller remembers; leading axes are (left, right)."""

    position: Array  # (2, 3) commanded tool positions [m]
    rotation: Array  # (2, 3, 3) commanded tool orientations
    joints: Array  # (14,) joint targets [rad]
    velocity: Array  # (14,) their velocity over the last tick [rad/s]
    bias: Array = field(default_factory=lambda: np.zeros((2, 6)))  # leaky integral of the tool error
    fingers: Array = field(default_factory=lambda: np.zeros(2))  # (2,) finger angle targets [rad]

    def copy(self) -> "ControlState":
        """Return an independent copy."""
        return replace(self, **{name: value.copy() for name, value in vars(self).items()})


class Kinematics:
    """Differential inverse kinematics of both arms with mink."""

    def __init__(self) -> None:
        self.model = kinematic_model()
        self._configuration = mink.Configuration(self.model)
        prefix = "openarm_v20/"
        self._tasks = [
            mink.FrameTask(f"{prefix}{side}_tool", "site", _POSITION_COST, _ORIENTATION_COST, lm_damping=1e-6)
            for side in SIDES
        ]
        self._sites = [self.model.site(f"{prefix}{side}_tool").id for side in SIDES]
        self._posture = mink.PostureTask(self.model, cost=_POSTURE_COST)
        self._posture.set_target(np.concatenate([home(side) for side in SIDES]))
        velocities = {self.model.joint(i).name: VELOCITY_LIMIT for i in range(self.model.njnt)}
        self._limits = [
            mink.ConfigurationLimit(self.model),
            mink.VelocityLimit(self.model, velocities),
        ]

    def forward(self, joints: Array) -> tuple[Array, Array]:
        """Return tool positions (2, 3) [m] and orientations (2, 3, 3) at joint angles (14,)."""
        self._configuration.update(joints)
        data = self._configuration.data
        return data.site_xpos[self._sites].copy(), data.site_xmat[self._sites].reshape(2, 3, 3).copy()

    def solve(self, joints: Array, position: Array, rotation: Array) -> Array:
        """Return joint targets (14,) one tick later that bring the tools towards the given poses."""
        self._configuration.update(joints)
        for task, p, r in zip(self._tasks, position, rotation, strict=True):
            pose = mink.SE3.from_rotation_and_translation(mink.SO3.from_matrix(r), p)
            task.set_target(pose)
        velocity = mink.solve_ik(
            self._configuration,
            [*self._tasks, self._posture],
            CONTROL_PERIOD,
            "daqp",
            damping=_DAMPING,
            limits=self._limits,
        )
        return joints + velocity * CONTROL_PERIOD


class Controller:
    """Turns one action per tick into servo set-points for every physics step of the tick."""

    def __init__(self, model: mujoco.MjModel, arms: tuple[ArmHandles, ArmHandles], substeps: int) -> None:
        self.kinematics = Kinematics()
        self._arms = arms
        self._substeps = substeps
        dofs = np.concatenate([arm.dofs for arm in arms])
        actuators = np.concatenate([arm.actuators for arm in arms])
        stiffness = model.actuator_gainprm[actuators, 0]
        damping = model.dof_damping[dofs].reshape(-1) - model.actuator_biasprm[actuators, 2]
        self._lag = damping / stiffness  # seconds
        self._friction = model.dof_frictionloss[dofs].reshape(-1) / stiffness  # rad
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
        previous_position, previous_rotation = state.position, state.rotation
        state.position = previous_position + np.einsum(
            "aij,aj->ai", previous_rotation, steps[:, :3] * TRANSLATION_SCALE
        )
        state.rotation = np.stack(
            [r @ rotation_matrix(w * ROTATION_SCALE) for r, w in zip(previous_rotation, steps[:, 3:6], strict=True)]
        )
        self._integrate_error(previous_position, previous_rotation, measured_position, measured_rotation)
        biased = np.stack([rotation_matrix(b[3:]) @ r for b, r in zip(state.bias, state.rotation, strict=True)])
        joints = self.kinematics.solve(state.joints, state.position + state.bias[:, :3], biased)
        self._limit_windup(joints)
        fingers = np.array([finger_angle(step[6]) for step in steps])
        return self._interpolate(joints, fingers)

    def _integrate_error(
        self, position: Array, rotation: Array, measured_position: Array, measured_rotation: Array
    ) -> None:
        """Let the leaky integral of the tool error remove what gravity and friction leave over."""
        state = self.state
        state.bias *= _INTEGRAL_LEAK
        for i in range(2):
            if np.linalg.norm(state.position[i] - position[i]) > _SLOW:
                continue
            error = position[i] - measured_position[i]
            turn = rotation_vector(rotation[i] @ measured_rotation[i].T)
            state.bias[i, :3] += _INTEGRAL_GAIN * np.clip(error, -_INTEGRAL_INPUT[0], _INTEGRAL_INPUT[0])
            state.bias[i, 3:] += _INTEGRAL_GAIN * np.clip(turn, -_INTEGRAL_INPUT[1], _INTEGRAL_INPUT[1])
        np.clip(state.bias[:, :3], -_INTEGRAL_LIMIT[0], _INTEGRAL_LIMIT[0], out=state.bias[:, :3])
        np.clip(state.bias[:, 3:], -_INTEGRAL_LIMIT[1], _INTEGRAL_LIMIT[1], out=state.bias[:, 3:])

    def _limit_windup(self, joints: Array) -> None:
        """Keep the commanded poses within reach, so that a target behind a limit does not run away."""
        state = self.state
        position, rotation = self.kinematics.forward(joints)
        for i in range(2):
            gap = state.position[i] - position[i]
            distance = np.linalg.norm(gap)
            if distance > _WINDUP[0] + _INTEGRAL_LIMIT[0]:
                state.position[i] = position[i] + gap * (_WINDUP[0] + _INTEGRAL_LIMIT[0]) / distance
            turn = rotation_vector(state.rotation[i] @ rotation[i].T)
            angle = np.linalg.norm(turn)
            if angle > _WINDUP[1] + _INTEGRAL_LIMIT[1]:
                limited = turn * (_WINDUP[1] + _INTEGRAL_LIMIT[1]) / angle
                state.rotation[i] = rotation_matrix(limited) @ rotation[i]

    def _interpolate(self, joints: Array, fingers: Array) -> Array:
        state = self.state
        velocity = (joints - state.joints) / CONTROL_PERIOD
        phase = (np.arange(self._substeps) + 1.0)[:, None] / self._substeps
        moving = state.velocity + np.minimum(1.0, 2 * phase) * (velocity - state.velocity)
        arm = state.joints + phase * (joints - state.joints)
        arm = arm + self._lag * moving + self._friction * np.tanh(moving / _FRICTION_SPEED)
        signs = np.array([side.sign for side in SIDES])
        finger = state.fingers + np.minimum(1.0, 2 * phase) * (fingers - state.fingers)
        state.joints, state.velocity, state.fingers = joints, velocity, fingers
        return np.concatenate([arm, np.broadcast_to(finger * signs, (self._substeps, 2))], axis=1)


def rotation_matrix(vector: Array) -> Array:
    """Return the rotation matrix (3, 3) of a rotation vector (3,) [rad]."""
    angle = float(np.sqrt(vector @ vector))
    if angle < 1e-12:
        return np.eye(3)
    quaternion, matrix = np.empty(4), np.empty(9)
    mujoco.mju_axisAngle2Quat(quaternion, vector / angle, angle)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)


def rotation_vector(matrix: Array) -> Array:
    """Return the rotation vector (3,) [rad] of a rotation matrix (3, 3)."""
    quaternion, vector = np.empty(4), np.empty(3)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(matrix).ravel())
    mujoco.mju_quat2Vel(vector, quaternion, 1.0)
    return vector
