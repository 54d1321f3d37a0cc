"""What an episode draws from its seed besides the layout: dynamics, cameras, light, colours, latency.

Every draw comes from the generator that is passed in; the result is plain numbers, reported in `info` and written into
the model by `apply`, always starting from the nominal values, so that no episode depends on the ones before it.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from .exceptions import UnknownNameError
from .scene import ROBOT, Scene
from .spec import DIFFICULTIES

Range = tuple[float, float]


@dataclass(frozen=True)
class Ranges:
    """Uniform ranges of one difficulty; factors multiply the nominal value."""

    lace_mass: Range = (0.9, 1.1)
    lace_stiffness: Range = (0.8, 1.25)
    lace_damping: Range = (0.8, 1.25)
    lace_friction: Range = (0.9, 1.1)
    pad_friction: Range = (0.95, 1.05)
    servo_stiffness: Range = (0.97, 1.03)
    joint_damping: Range = (0.9, 1.1)
    camera_shift: float = 0.005  # m
    camera_turn: float = 0.01  # rad
    light: Range = (0.8, 1.2)
    colour: float = 0.1  # largest change of a colour channel
    latency: tuple[int, int] = (1, 2)  # ticks, used by the deployment mode only


RANGES: dict[str, Ranges] = {
    "easy": Ranges(),
    "standard": Ranges(),
    "hard": Ranges(
        lace_mass=(0.8, 1.25),
        lace_stiffness=(0.5, 2.0),
        lace_damping=(0.7, 1.5),
        lace_friction=(0.7, 1.3),
        pad_friction=(0.9, 1.1),
        servo_stiffness=(0.95, 1.05),
        joint_damping=(0.8, 1.25),
        camera_shift=0.015,
        camera_turn=0.03,
        light=(0.5, 1.4),
        colour=0.4,
        latency=(1, 3),
    ),
}


def ranges_for(difficulty: str) -> Ranges:
    """Return the ranges of a difficulty.

    Raises:
        UnknownNameError: if there is no such difficulty.
    """
    if difficulty not in DIFFICULTIES:
        raise UnknownNameError("difficulty", difficulty, DIFFICULTIES)
    return RANGES[difficulty]


@dataclass(frozen=True)
class Randomization:
    """The values of one episode; the default is the nominal world."""

    lace_mass: float = 1.0
    lace_stiffness: float = 1.0
    lace_damping: float = 1.0
    lace_friction: float = 1.0
    pad_friction: float = 1.0
    servo_stiffness: float = 1.0
    joint_damping: float = 1.0
    joint_friction: float = 1.0  # never drawn; see `overrides`
    light: float = 1.0
    camera_shift: tuple[float, float, float] = (0.0, 0.0, 0.0)  # m, of the head camera
    camera_turn: tuple[float, float, float] = (0.0, 0.0, 0.0)  # rad, of the head camera, in the world
    lace_colour: tuple[float, float, float] = (0.85, 0.15, 0.15)
    shoe_colour: tuple[float, float, float] = (0.25, 0.30, 0.50)
    table_colour: tuple[float, float, float] = (0.55, 0.50, 0.45)
    latency: int = 1  # ticks
    extra: dict[str, float] = field(default_factory=dict)

    def mirrored(self) -> "Randomization":
        """Return the mirror image about y = 0."""
        shift, turn = self.camera_shift, self.camera_turn
        return replace(
            self,
            camera_shift=(shift[0], -shift[1], shift[2]),
            camera_turn=(-turn[0], turn[1], -turn[2]),
        )

    def as_info(self) -> dict[str, Any]:
        """Return plain numbers for `info`."""
        return asdict(self)


_FACTORS = (
    "lace_mass",
    "lace_stiffness",
    "lace_damping",
    "lace_friction",
    "pad_friction",
    "servo_stiffness",
    "joint_damping",
    "light",
)
_COLOURS = ("lace_colour", "shoe_colour", "table_colour")


def sample(rng: np.random.Generator, ranges: Ranges) -> Randomization:
    """Draw one episode's values."""
    values: dict[str, Any] = {name: float(rng.uniform(*getattr(ranges, name))) for name in _FACTORS}
    values["camera_shift"] = _triple(rng, ranges.camera_shift)
    values["camera_turn"] = _triple(rng, ranges.camera_turn)
    for name in _COLOURS:
        nominal = np.array(getattr(Randomization, name))
        drawn = np.clip(nominal + rng.uniform(-ranges.colour, ranges.colour, 3), 0.02, 0.98)
        values[name] = tuple(float(channel) for channel in drawn)
    values["latency"] = int(rng.integers(ranges.latency[0], ranges.latency[1] + 1))
    return Randomization(**values)


def _triple(rng: np.random.Generator, limit: float) -> tuple[float, float, float]:
    x, y, z = rng.uniform(-limit, limit, 3)
    return float(x), float(y), float(z)


class Nominal:
    """The model's own values of everything that `apply` changes."""

    _FIELDS = (
        "body_mass",
        "body_inertia",
        "flex_bending",
        "flex_damping",
        "flex_friction",
        "flex_rgba",
        "geom_friction",
        "geom_rgba",
        "dof_damping",
        "dof_frictionloss",
        "actuator_gainprm",
        "actuator_biasprm",
        "cam_pos",
        "cam_quat",
        "light_diffuse",
    )

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._values: dict[str, NDArray[np.float64]] = {
            name: getattr(scene.model, name).copy() for name in self._FIELDS
        }
        model = scene.model
        self._lace_bodies = np.concatenate([np.append(lace.vertex_bodies, lace.aglet_body) for lace in scene.laces])
        self._aglets = np.array([lace.aglet_geom for lace in scene.laces])
        self._pads = np.array([pad for arm in scene.arms for pad in arm.pads])
        self._dofs = np.concatenate([arm.dofs for arm in scene.arms])
        self._servos = np.concatenate([arm.actuators for arm in scene.arms])
        names = [model.geom(i).name for i in range(model.ngeom)]
        self._flaps = np.array([i for i, n in enumerate(names) if n.endswith(("fore", "aft", "upper", "lower"))])
        self._table = names.index("table")
        self._head = model.camera("head").id
        # Header [vertices of the bending element, ...], then (v0, v1, v2, stiffness) for each.
        self._bending = np.concatenate(
            [adr + 4 + 4 * np.arange(int(model.flex_bending[adr])) for adr in model.flex_bendingadr]
        )
        assert not any(ROBOT in names[i] for i in self._flaps)

    def apply(self, values: Randomization) -> None:
        """Write one episode's values into the model."""
        model = self._scene.model
        for name, nominal in self._values.items():
            getattr(model, name)[:] = nominal
        model.body_mass[self._lace_bodies] *= values.lace_mass
        model.body_inertia[self._lace_bodies] *= values.lace_mass
        model.flex_bending[self._bending] *= values.lace_stiffness
        model.flex_damping[:] *= values.lace_damping
        model.flex_friction[:, 0] *= values.lace_friction
        model.geom_friction[self._aglets, 0] *= values.lace_friction
        model.geom_friction[self._pads, 0] *= values.pad_friction
        model.dof_damping[self._dofs] *= values.joint_damping
        model.dof_frictionloss[self._dofs] *= values.joint_friction
        model.actuator_gainprm[self._servos, 0] *= values.servo_stiffness
        model.actuator_biasprm[self._servos, 1] *= values.servo_stiffness
        self._apply_looks(values)

    def _apply_looks(self, values: Randomization) -> None:
        model = self._scene.model
        model.light_diffuse[:] *= values.light
        model.cam_pos[self._head] += values.camera_shift
        turn = np.zeros(4)
        angle = float(np.linalg.norm(values.camera_turn))
        axis = np.array(values.camera_turn) / max(angle, 1e-12)
        mujoco.mju_axisAngle2Quat(turn, axis, angle)
        turned = np.zeros(4)
        mujoco.mju_mulQuat(turned, turn, model.cam_quat[self._head])
        model.cam_quat[self._head] = turned
        model.flex_rgba[:, :3] = values.lace_colour
        model.geom_rgba[self._flaps, :3] = values.shoe_colour
        model.geom_rgba[self._table, :3] = values.table_colour
