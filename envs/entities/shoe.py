"""A parametric shoe: sole, toe cap, two leaning flaps with eyelets, anchors of the laces at the toe.

`shoe_geoms` is the single description of the shoe: the entity is built from it, and `Shoe.write` writes it into a
compiled model, so that a reset changes size, pitch or eyelet without compiling again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from .. import contacts
from ..composition import composer, mjcf
from ..parameters import check_count, check_number
from ..spec import EYELETS_PER_SIDE, SIDES, Side

Vector = NDArray[np.float64]

RING_SEGMENTS = 10
TUBE_RADIUS = 0.0012  # m, of an eyelet's ring
PANEL_THICKNESS = 0.002  # m
ABOVE_ROW = 0.010  # m of panel above the eyelets' centres
SOLE_THICKNESS = 0.008  # m
TOE_HEIGHT = 0.006  # m above the middle of the sole: looks only, and below where the laces lie
ROW_HEIGHT = 0.060  # m, eyelet centres above the table

SHOE_RANGES = {
    "size": (0.8, 1.25),
    "eyelet_diameter": (0.0035, 0.012),
    "pitch": (0.020, 0.035),
    "opening": (0.06, 0.12),
    "tilt": (0.0, 0.6),
}
"""What can be built: a lace of 3 mm passes, rings do not touch each other, flaps end above their rows."""


@dataclass(frozen=True)
class ShoeParameters:
    """Everything about one shoe that an episode may choose.

    Attributes:
        size: scale of pitch and opening, 1 = EU 42.
        eyelet_diameter: inner diameter of the eyelets [m].
        pitch: distance of neighbouring eyelets at size 1 [m].
        opening: distance between the two rows at size 1 [m].
        tilt: inward lean of the flaps [rad].
        eyelets: eyelets a side, at least three.
    """

    size: float = 1.0
    eyelet_diameter: float = 0.006
    pitch: float = 0.025
    opening: float = 0.090
    tilt: float = float(np.radians(15.0))
    eyelets: int = EYELETS_PER_SIDE

    def __post_init__(self) -> None:
        """Refuse shoes that cannot be built.

        Raises:
            ParameterError: naming the valid range.
        """
        check_count("eyelets", self.eyelets, 3, 6)
        for name, (low, high) in SHOE_RANGES.items():
            check_number(name, getattr(self, name), low, high)


@dataclass(frozen=True)
class ShoeGeom:
    """One geom in the shoe's frame (origin on the table, x to the toe, z up)."""

    name: str
    type: str
    position: Vector
    rotation: Vector
    size: Vector


def eyelet_pose(shoe: ShoeParameters, side: Side, index: int) -> tuple[Vector, Vector]:
    """Return centre [m] and rotation of an eyelet in the shoe's frame.

    The rotation's columns: x towards the toe on the right and towards the heel on the left, y up along the flap,
    z the outward normal.
    """
    lean = np.array([0.0, -side.sign * np.sin(shoe.tilt), np.cos(shoe.tilt)])
    along = np.array([-float(side.sign), 0.0, 0.0])
    rotation = np.stack([along, lean, np.cross(along, lean)], axis=1)
    x = ((shoe.eyelets - 1) / 2 - index) * shoe.pitch * shoe.size
    return np.array([x, side.sign * shoe.opening * shoe.size / 2, ROW_HEIGHT]), rotation


def anchor_position(shoe: ShoeParameters, side: Side) -> Vector:
    """Return where a lace leaves the shoe at the toe, in the shoe's frame [m]."""
    return np.array([_half_length(shoe) + 0.012, side.sign * 0.014, SOLE_THICKNESS + 0.004])


def _half_length(shoe: ShoeParameters) -> float:
    return shoe.pitch * shoe.size * shoe.eyelets / 2


def _ring(shoe: ShoeParameters, side: Side, index: int) -> Iterator[ShoeGeom]:
    centre, rotation = eyelet_pose(shoe, side, index)
    radius = (shoe.eyelet_diameter / 2 + TUBE_RADIUS) / np.cos(np.pi / RING_SEGMENTS)
    half = radius * np.sin(np.pi / RING_SEGMENTS)
    for segment in range(RING_SEGMENTS):
        angle = 2 * np.pi * (segment + 0.5) / RING_SEGMENTS
        c, s = np.cos(angle), np.sin(angle)
        middle = radius * np.cos(np.pi / RING_SEGMENTS) * np.array([c, s, 0.0])
        # A capsule lies along its own z: point it along the tangent.
        local = np.stack([[c, s, 0.0], [0.0, 0.0, -1.0], [-s, c, 0.0]], axis=1)
        local[:, 1] = np.cross(local[:, 2], local[:, 0])
        yield ShoeGeom(
            f"{side}{index}_ring{segment}",
            "capsule",
            centre + rotation @ middle,
            rotation @ local,
            np.array([TUBE_RADIUS, half, 0.0]),
        )


def _panel(shoe: ShoeParameters, side: Side, index: int) -> Iterator[ShoeGeom]:
    """Four boxes around a square hole; the lower one reaches down to the sole."""
    centre, rotation = eyelet_pose(shoe, side, index)
    hole = shoe.eyelet_diameter / 2 + TUBE_RADIUS
    half = shoe.pitch * shoe.size / 2
    below = (ROW_HEIGHT - SOLE_THICKNESS) / np.cos(shoe.tilt)
    rectangles = {
        "fore": (-half, -hole, -hole, hole),
        "aft": (hole, half, -hole, hole),
        "upper": (-half, half, hole, ABOVE_ROW),
        "lower": (-half, half, -below, -hole),
    }
    for name, (x0, x1, y0, y1) in rectangles.items():
        middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2, 0.0])
        yield ShoeGeom(
            f"{side}{index}_{name}",
            "box",
            centre + rotation @ middle,
            rotation,
            np.array([x1 - x0, y1 - y0, PANEL_THICKNESS]) / 2,
        )


def shoe_geoms(shoe: ShoeParameters) -> list[ShoeGeom]:
    """Return every geom of a shoe."""
    geoms: list[ShoeGeom] = []
    for side in SIDES:
        for index in range(shoe.eyelets):
            geoms += [*_ring(shoe, side, index), *_panel(shoe, side, index)]
    half = _half_length(shoe)
    below = (ROW_HEIGHT - SOLE_THICKNESS) * np.tan(shoe.tilt)
    width = shoe.opening * shoe.size / 2 + below + 0.003
    geoms.append(
        ShoeGeom(
            "sole",
            "box",
            np.array([0.004, 0.0, SOLE_THICKNESS / 2]),
            np.eye(3),
            np.array([half + 0.014, width, SOLE_THICKNESS / 2]),
        )
    )
    geoms.append(
        ShoeGeom(
            "toe",
            "ellipsoid",
            np.array([half + 0.020, 0.0, SOLE_THICKNESS / 2]),
            np.eye(3),
            np.array([0.055, width, TOE_HEIGHT]),
        )
    )
    return geoms


class Shoe(composer.Entity):
    """The shoe as one static body; `write` changes its geometry in a compiled model."""

    def _build(self, parameters: ShoeParameters) -> None:
        self._parameters = parameters
        self._model = mjcf.RootElement(model="shoe")
        for geom in shoe_geoms(parameters):
            self._add_geom(geom)
        for side in SIDES:
            for index in range(parameters.eyelets):
                self._add_eyelet_site(side, index)

    @property
    def mjcf_model(self) -> Any:
        """The PyMJCF root."""
        return self._model

    def _add_geom(self, geom: ShoeGeom) -> None:
        quaternion = _quaternion(geom.rotation)
        collides = contacts.NOTHING if geom.name == "toe" else contacts.FIXED
        self._model.worldbody.add(
            "geom",
            name=geom.name,
            type=geom.type,
            pos=geom.position,
            quat=quaternion,
            size=geom.size,
            contype=collides.contype,
            conaffinity=collides.conaffinity,
            friction=[0.4 if geom.name == "sole" else 0.2, 0.0005, 0.0001],
            solref=contacts.SOLREF,
            solimp=contacts.SOLIMP,
            rgba=_colour(geom.name),
        )

    def _add_eyelet_site(self, side: Side, index: int) -> None:
        centre, rotation = eyelet_pose(self._parameters, side, index)
        self._model.worldbody.add(
            "site",
            name=f"{side}{index}",
            pos=centre,
            quat=_quaternion(rotation),
            size=[0.001],
            group=4,
        )


def write(model: mujoco.MjModel, shoe: ShoeParameters, prefix: str = "shoe/") -> None:
    """Write a shoe's geometry into a compiled model in place of the one it was compiled with."""
    for geom in shoe_geoms(shoe):
        index = model.geom(prefix + geom.name).id
        half = _half_extent(geom)
        model.geom_pos[index] = geom.position
        model.geom_quat[index] = _quaternion(geom.rotation)
        model.geom_size[index] = geom.size
        model.geom_aabb[index] = [0.0, 0.0, 0.0, *half]
        model.geom_rbound[index] = _bounding_radius(geom)
    for side in SIDES:
        for number in range(shoe.eyelets):
            centre, rotation = eyelet_pose(shoe, side, number)
            site = model.site(f"{prefix}{side}{number}").id
            model.site_pos[site], model.site_quat[site] = centre, _quaternion(rotation)
    _refit_bounds(model, model.body(prefix).id)


def _refit_bounds(model: mujoco.MjModel, body: int) -> None:
    """Fit the body's tree of bounding boxes, which MuJoCo builds when compiling, to its geoms again."""
    first, count = model.body_bvhadr[body], model.body_bvhnum[body]
    frame = np.zeros(9)
    mujoco.mju_quat2Mat(frame, model.body_iquat[body])
    for node in range(first + count - 1, first - 1, -1):
        children = model.bvh_child[node]
        if model.bvh_nodeid[node] >= 0:
            low, high = _geom_bounds(model, model.bvh_nodeid[node], model.body_ipos[body], frame.reshape(3, 3))
        else:
            boxes = model.bvh_aabb[first + children]
            low = (boxes[:, :3] - boxes[:, 3:]).min(axis=0)
            high = (boxes[:, :3] + boxes[:, 3:]).max(axis=0)
        model.bvh_aabb[node] = np.concatenate([(low + high) / 2, (high - low) / 2])


def _geom_bounds(model: mujoco.MjModel, geom: int, origin: Vector, frame: Vector) -> tuple[Vector, Vector]:
    rotation = np.zeros(9)
    mujoco.mju_quat2Mat(rotation, model.geom_quat[geom])
    centre = frame.T @ (model.geom_pos[geom] - origin)
    half = np.abs(frame.T @ rotation.reshape(3, 3)) @ model.geom_aabb[geom, 3:]
    return centre - half, centre + half


def _bounding_radius(geom: ShoeGeom) -> float:
    if geom.type == "capsule":
        return float(geom.size[0] + geom.size[1])
    return float(geom.size.max() if geom.type == "ellipsoid" else np.linalg.norm(geom.size))


def _half_extent(geom: ShoeGeom) -> Vector:
    if geom.type == "capsule":
        radius, half = geom.size[:2]
        return np.array([radius, radius, radius + half])
    return geom.size


def _quaternion(rotation: Vector) -> Vector:
    quaternion = np.zeros(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(rotation).ravel())
    return quaternion


def _colour(name: str) -> list[float]:
    if "ring" in name:
        return [0.75, 0.75, 0.8, 1.0]
    return [0.9, 0.9, 0.9, 1.0] if name in ("sole", "toe") else [0.25, 0.3, 0.5, 1.0]
