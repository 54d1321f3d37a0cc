"""Differential inverse kinematics of both arms: tasks of mink, solved under joint and velocity limits."""

import daqp
import mink
import mujoco
import numpy as np
from numpy.typing import NDArray

from .composition import mjcf
from .entities.openarms import MOUNT_HEIGHT, VELOCITY_LIMIT, OpenArms
from .exceptions import LaceLabError
from .spec import CONTROL_PERIOD, SIDES, Side

Array = NDArray[np.float64]

_POSITION_COST = 1.0
_ORIENTATION_COST = 0.1  # m/rad: weighs 1 rad like 0.1 m
_POSTURE_COST = 1e-3  # decides the elbow only
_DAMPING = 1e-5
_LIMIT_GAIN = 0.95  # share of the way to a joint's limit that a tick may take, mink's default

# Hands above the mat beside the shoe, pads down; the mirror image for the other arm (see symmetry.JOINT_SIGNS).
HOME_LEFT = np.array([0.25, -1.456, 0.179, 1.939, -1.113, -0.141, -0.352])
MIRROR_SIGNS = np.array([-1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0])

_PREFIX = "openarm_v20/"


def home(side: Side) -> Array:
    """Return the joint angles at the start of an episode [rad], shape (7,)."""
    return HOME_LEFT if side is Side.LEFT else HOME_LEFT * MIRROR_SIGNS


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


class Kinematics:
    """Forward and differential inverse kinematics; leading axes of poses are (left, right)."""

    def __init__(self) -> None:
        self.model = kinematic_model()
        self._configuration = mink.Configuration(self.model)
        names = [f"{_PREFIX}{side}_tool" for side in SIDES]
        self._sites = [self.model.site(name).id for name in names]
        self._frames = [
            mink.FrameTask(name, "site", _POSITION_COST, _ORIENTATION_COST, lm_damping=1e-6) for name in names
        ]
        self._rest = np.concatenate([home(side) for side in SIDES])
        self._lower, self._upper = self.model.jnt_range.T.copy()
        self._stride = VELOCITY_LIMIT * CONTROL_PERIOD  # rad per tick
        self._identity = np.eye(self.model.nv)
        self._no_rows = np.zeros((0, self.model.nv))
        self._inequalities = np.zeros(self.model.nv, np.int32)

    def forward(self, joints: Array) -> tuple[Array, Array]:
        """Return tool positions (2, 3) [m] and orientations (2, 3, 3) at joint angles (14,)."""
        self._configuration.update(joints)
        data = self._configuration.data
        return data.site_xpos[self._sites], data.site_xmat[self._sites].reshape(2, 3, 3)

    def solve(self, joints: Array, position: Array, rotation: Array) -> Array:
        """Return joint targets (14,) one tick later that bring the tools towards the given poses.

        Args:
            joints: targets now (14,) [rad].
            position: where the tools should be (2, 3) [m].
            rotation: how they should be oriented (2, 3, 3).

        Raises:
            LaceLabError: if the quadratic programme has no solution: joint targets are beyond their limits.
        """
        self._configuration.update(joints)
        for frame, p, r in zip(self._frames, position, rotation, strict=True):
            frame.set_target(_pose(p, r))
        hessian, gradient = self._objective(joints)
        # All limits are bounds of single joints: as such they cost DAQP far less than as mink's 56 inequalities.
        upper = np.minimum(_LIMIT_GAIN * (self._upper - joints), self._stride)
        lower = np.maximum(_LIMIT_GAIN * (self._lower - joints), -self._stride)
        step, _, flag, _ = daqp.solve(hessian, gradient, self._no_rows, upper, lower, self._inequalities)
        if flag < 1:
            raise LaceLabError(f"Inverse kinematics fails (DAQP: {flag}) at joint angles {joints}.")
        return joints + step

    def _objective(self, joints: Array) -> tuple[Array, Array]:
        """Return Hessian (14, 14) and gradient (14,) of what `mink.build_ik` minimises, in fewer calls.

        Tasks are weighted residuals W dq = e; posture and damping only add to the diagonal.
        """
        (w_left, e_left, mu_left), (w_right, e_right, mu_right) = (
            frame.compute_qp_residual(self._configuration) for frame in self._frames
        )
        diagonal = _POSTURE_COST**2 + _DAMPING + mu_left + mu_right
        hessian = w_left.T @ w_left + w_right.T @ w_right + diagonal * self._identity
        gradient = _POSTURE_COST**2 * (joints - self._rest) - e_left @ w_left - e_right @ w_right
        return hessian, gradient


def _pose(position: Array, rotation: Array) -> mink.SE3:
    pose = np.empty(7)
    mujoco.mju_mat2Quat(pose[:4], rotation.ravel())
    pose[4:] = position
    return mink.SE3(pose)
