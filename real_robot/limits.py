"""What the arms may do, from the maker's model and the data sheets of its motors."""

from dataclasses import dataclass, field
from functools import cache

import mujoco
import numpy as np
from openarm_mujoco.v2 import openarm_bimanual_xml

from lacelab.envs.entities import fingertips
from lacelab.envs.entities.openarms import VELOCITY_LIMIT, actuator_names
from lacelab.envs.exceptions import LaceLabError
from lacelab.envs.spec import SIDES

from .robot import JOINTS_PER_ARM, Array

_FINGER_VELOCITY = 6.5  # rad/s, half of the rated speed of its motor (DM4310: 120 rpm = 12.6 rad/s)
_TORQUE_SHARE = 0.9  # of the maker's limits
_GRIP_FORCE = 10.0  # N between the pads; the tasks need 8
_FRICTION_SPEED = 0.01  # rad/s at which the friction feed-forward saturates, as in `envs.control`


@dataclass(frozen=True)
class Servos:
    """Position servos of the arms, (2, 8) each."""

    stiffness: Array  # N m/rad
    torque: Array  # maker's limit [N m]
    lower: Array  # rad
    upper: Array  # rad
    lag: Array  # how far a position target has to run ahead of the motion [s]
    friction: Array  # the same for dry friction [rad]


@cache
def servos() -> Servos:
    """Read the servos from the maker's model."""
    model = mujoco.MjModel.from_xml_path(str(openarm_bimanual_xml()))
    names = [[*actuator_names(side), f"{side}_finger1_ctrl"] for side in SIDES]
    ids = np.array([[model.actuator(name).id for name in row] for row in names])
    dofs = model.jnt_dofadr[model.actuator_trnid[ids, 0]]
    stiffness = model.actuator_gainprm[ids, 0]
    lag = (model.dof_damping[dofs].reshape(ids.shape) - model.actuator_biasprm[ids, 2]) / stiffness
    friction = model.dof_frictionloss[dofs].reshape(ids.shape) / stiffness
    lag[:, -1] = friction[:, -1] = 0.0  # The fingers are meant to close on something.
    ranges = model.actuator_ctrlrange[ids]
    return Servos(stiffness, model.actuator_forcerange[ids, 1], ranges[..., 0], ranges[..., 1], lag, friction)


def _velocity() -> Array:
    limit = np.full((2, JOINTS_PER_ARM), VELOCITY_LIMIT)
    limit[:, -1] = _FINGER_VELOCITY
    return limit


@dataclass(frozen=True)
class Limits:
    """Limits of the safety layer. They can be tightened, not widened beyond what the hardware stands.

    Attributes:
        velocity: of the motion (2, 8) [rad/s].
        averages: the windows of `smoothing`, which bound acceleration and jerk [s].
        torque: with which a servo may push when the arm does not follow (2, 8) [N m].
        grip_force: between the pads [N].
        workspace: lowest and highest corner of where a pinch centre may be (2, 3) [m].
        arms: least distance between the arms, fingertips apart [m].
        tips: least distance between a fingertip and the other arm without its fingertips [m].
        table: least distance between the table and anything but the fingertips [m].
        state_age: oldest state to act on [s].
        command_gap: longest silence between two commands [s].
        camera_age: oldest picture to act on [s].
        clock_jump: largest disagreement between a state's time and ours, ahead of us [s].
    """

    velocity: Array = field(default_factory=_velocity)
    averages: tuple[float, float] = (0.02, 0.01)
    torque: Array = field(default_factory=lambda: _TORQUE_SHARE * servos().torque)
    grip_force: float = _GRIP_FORCE
    workspace: Array = field(default_factory=lambda: np.array([[0.10, -0.40, 0.350], [0.60, 0.40, 0.75]]))
    arms: float = 0.002
    tips: float = 0.002
    table: float = 0.02
    state_age: float = 0.1
    command_gap: float = 0.2
    camera_age: float = 0.25
    clock_jump: float = 0.05

    def __post_init__(self) -> None:
        self._check_at_most("velocity", self.velocity, _velocity(), "rad/s")
        self._check_at_most("torque", self.torque, servos().torque, "N m")
        self._check_at_most("grip force", np.array(self.grip_force), np.array(_GRIP_FORCE), "N")
        shortest, longest = 0.0, 1.0
        for name in ("arms", "tips", "table", "state_age", "command_gap", "camera_age", "clock_jump"):
            value = getattr(self, name)
            if not shortest <= value <= longest:
                raise LaceLabError(f"Safety limit '{name}' is {value}. Valid: {shortest} to {longest}.")

    @property
    def acceleration(self) -> Array:
        """Largest acceleration of the motion (2, 8) [rad/s^2]."""
        return 2 * self.velocity / self.averages[0]

    @property
    def jerk(self) -> Array:
        """Largest jerk of the motion (2, 8) [rad/s^3]."""
        return 4 * self.velocity / (self.averages[0] * self.averages[1])

    @property
    def position(self) -> tuple[Array, Array]:
        """Lowest and highest joint targets (2, 8) [rad]; the fingers close no further than the grip force allows."""
        lower, upper = servos().lower.copy(), servos().upper.copy()
        squeeze = fingertips.CLOSED_ANGLE - self.grip_angle
        for side in SIDES:
            bound = lower if side.sign > 0 else upper
            bound[side.index, -1] = side.sign * squeeze
        return lower, upper

    @property
    def grip_angle(self) -> float:
        """How far a finger's target may be inside of what the finger presses on [rad]."""
        return float(2 * self.grip_force * fingertips.PAD_LEVER / servos().stiffness[0, -1])

    def _check_at_most(self, name: str, value: Array, highest: Array, unit: str) -> None:
        if not (np.all(value > 0) and np.all(value <= highest)):
            raise LaceLabError(f"Safety limit '{name}' is {value} {unit}. Valid: more than 0, at most {highest}.")


def feed_forward(velocity: Array) -> Array:
    """Return how far position targets run ahead of a motion [rad].

    Args:
        velocity: of the motion (n, 16) [rad/s].
    """
    lag, friction, less, slope = _ahead()
    ahead = velocity * slope
    np.maximum(ahead, less, out=ahead)
    np.minimum(ahead, friction, out=ahead)
    ahead += velocity * lag
    return ahead


@cache
def _ahead() -> tuple[Array, Array, Array, Array]:
    lag, friction = servos().lag.ravel(), servos().friction.ravel()
    return lag, friction, -friction, friction / _FRICTION_SPEED
