"""How far the arms are from each other and from the table: capsules around the robot's links, precomputed.

Every link from the elbow on is wrapped in one capsule that contains all of its collision geometry, every part of a
finger in one of its own, so that a distance is never larger than the true one. MuJoCo computes them all in one call.
Where fingers come near to each other, as at every handover, the distance of the maker's convex hulls inside counts.
"""

import math
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import mujoco
import numpy as np
from numpy.typing import NDArray

from lacelab.envs.composition import mjcf
from lacelab.envs.entities import fingertips
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.entities.openarms import MOUNT_HEIGHT, OpenArms, joint_names
from lacelab.envs.spec import SIDES, Side

from .robot import JOINTS_PER_ARM, Array

_NEAR = 0.004  # m, below which the hulls are asked
REACH = 0.05  # m; distances beyond are not computed and reported as infinite
_PREFIX = "openarm_v20/"
_LINKS = ("link3", "link4", "link5", "link6", "ee_base_link")
_FINGERS = ("ee_inner_finger", "ee_outer_finger")
_TIPS = ("stem", "pad")
_TABLE, _SOLID, _TIP = 1, {Side.LEFT: 2, Side.RIGHT: 4}, {Side.LEFT: 8, Side.RIGHT: 16}


class Clearance(NamedTuple):
    """Smallest distances at one posture; infinite beyond `REACH`."""

    arms: float  # between the two arms, fingertips apart [m]
    tips: float  # between a fingertip and anything of the other arm but its fingertips [m]
    table: float  # between the table and any part but the fingertips [m]
    tools: Array  # (2, 3) pinch centres in the world [m]
    points: Array  # (n, 3) ends of all capsules and centres of both pinches, which tell how far something moved [m]


class Shape(NamedTuple):
    """A shape in the frame of its body."""

    side: Side
    body: str
    tip: bool  # part of a fingertip
    geom: dict[str, Any]  # attributes of MJCF
    hull: str | None = None  # the mesh inside of it, where it is the only one


class ClearanceModel:
    """Measures clearances at joint positions (2, 8) [rad]."""

    def __init__(self) -> None:
        self._model, shapes = _clearance_model()
        self._hulls = _Hulls(_collision_model(), self._model, shapes)
        self._data = mujoco.MjData(self._model)
        self._order, self._source = _addresses(self._model)
        self._signs, self._least = np.ones(2 * JOINTS_PER_ARM), np.full(2 * JOINTS_PER_ARM, -np.inf)
        for side in SIDES:  # Fingers stop where their pads touch, however hard they are told to squeeze.
            finger = JOINTS_PER_ARM * side.index + JOINTS_PER_ARM - 1
            self._signs[finger], self._least[finger] = side.sign, fingertips.CLOSED_ANGLE
        self._outward = self._signs[self._source]
        # Views into the data, which MuJoCo writes into and never moves.
        self._centres, self._axes = self._data.geom_xpos, self._data.geom_xmat[:, 2::3]
        self._tools = self._data.site_xpos
        self._half_lengths = self._model.geom_size[:, 1:2]
        self._sites = [self._model.site(f"{_PREFIX}{side}_tool").id for side in SIDES]
        solid = np.isin(self._model.geom_contype, list(_SOLID.values()))
        tip = np.isin(self._model.geom_contype, list(_TIP.values()))
        self._kind = np.where(tip, 1, np.where(solid, 0, 2))

    def measure(self, position: Array) -> Clearance:
        """Return the clearances at joint positions (2, 8) [rad]."""
        data = self._data
        joints = position.ravel()
        data.qpos[self._order] = np.maximum(joints * self._signs, self._least)[self._source] * self._outward
        mujoco.mj_kinematics(self._model, data)
        mujoco.mj_collision(self._model, data)
        smallest = [np.inf, np.inf, np.inf]
        if data.ncon:
            geoms, distances = data.contact.geom, data.contact.dist
            if distances.min() < _NEAR:
                distances = self._hulls.refine(data.qpos, geoms, distances)
            for kind, distance in zip(self._kind[geoms].max(axis=1).tolist(), distances.tolist(), strict=True):
                smallest[kind] = min(smallest[kind], distance)
        count = len(self._centres)
        halves = self._axes * self._half_lengths
        points = np.empty((2 * count + 2, 3))
        np.add(self._centres, halves, out=points[:count])
        np.subtract(self._centres, halves, out=points[count:-2])
        points[-2:] = self._tools[self._sites]
        return Clearance(smallest[0], smallest[1], smallest[2], points[-2:], points)


class _Hulls:
    """The maker's convex hulls, asked only where the shapes around them are near to each other."""

    def __init__(self, model: mujoco.MjModel, shapes_model: mujoco.MjModel, shapes: list[Shape]) -> None:
        self._model, self._data = model, mujoco.MjData(model)
        named = [shape.hull for shape in shapes if shape.hull is not None]
        self._inside = {shapes_model.geom(name).id: model.geom(name).id for name in named}

    def refine(self, qpos: Array, geoms: NDArray[np.int32], distances: Array) -> Array:
        """Return distances (n,) of contacts between geoms (n, 2) with those of hulls in place of small ones [m]."""
        self._data.qpos[:] = qpos  # Both models have the same joints in the same order.
        mujoco.mj_kinematics(self._model, self._data)
        refined = distances.copy()
        for row in np.flatnonzero(distances < _NEAR):
            pair = [self._inside.get(int(geom)) for geom in geoms[row]]
            if None not in pair:
                refined[row] = mujoco.mj_geomDistance(self._model, self._data, *pair, REACH, None)
        return refined


def travel(before: Clearance, after: Clearance) -> float:
    """Return how far the arms have moved against each other at most: twice the largest shift of anything [m]."""
    shift = after.points - before.points
    return 2 * math.sqrt(np.einsum("ij,ij->i", shift, shift).max())


def capsule_around(points: Array) -> dict[str, Any]:
    """Return a capsule around points (n, 3) [m], along their longest principal axis."""
    centre = points.mean(axis=0)
    axis = np.linalg.svd(points - centre, full_matrices=False)[2][0]
    along = (points - centre) @ axis
    across = points - centre - along[:, None] * axis
    middle = (across.max(axis=0) + across.min(axis=0)) / 2
    middle = middle - (middle @ axis) * axis
    distance = np.linalg.norm(across - middle, axis=1)
    radius = float(distance.max())
    bulge = np.sqrt(np.maximum(radius**2 - distance**2, 0.0))  # how far a cap reaches over each point
    low, high = sorted([(along + bulge).min(), (along - bulge).max()])
    ends = [centre + middle + axis * place for place in (low, high + 1e-6)]
    return {"type": "capsule", "fromto": np.concatenate(ends), "size": [radius]}


@cache
def _clearance_model() -> tuple[mujoco.MjModel, list[Shape]]:
    """Compile both arms of simple shapes, and a table."""
    shapes = _wrap_links(_collision_model())
    arms = OpenArms().mjcf_model
    for element in [*arms.find_all("geom"), *arms.find_all("actuator"), *arms.equality.all_children()]:
        element.remove()
    for asset in list(arms.asset.all_children()):
        asset.remove()
    for shape in shapes:
        kind = (_TIP if shape.tip else _SOLID)[shape.side]
        others = _SOLID[shape.side.other] | (0 if shape.tip else _TIP[shape.side.other] | _TABLE)
        body = arms.find("body", f"openarm_{shape.side}_{shape.body}")
        name = shape.hull and shape.hull.removeprefix(_PREFIX)
        body.add("geom", name=name, contype=kind, conaffinity=others, mass=0, **shape.geom)
    root = mjcf.RootElement(model="clearance")
    root.worldbody.add("geom", type="plane", size=[2, 2, 0.1], pos=[0, 0, TABLE_HEIGHT], contype=_TABLE, conaffinity=6)
    root.attach(arms).pos = [0.0, 0.0, MOUNT_HEIGHT]
    model = mjcf.Physics.from_mjcf_model(root).model.ptr
    model.geom_margin[:] = REACH
    return model, shapes


@cache
def _collision_model() -> mujoco.MjModel:
    """Compile both arms with the maker's convex hulls."""
    root = mjcf.RootElement(model="collision")
    root.attach(OpenArms().mjcf_model)
    return mjcf.Physics.from_mjcf_model(root).model.ptr


def _wrap_links(model: mujoco.MjModel) -> list[Shape]:
    """Return a shape around every link, fingertip and part of a finger."""
    shapes = []
    for side, name, tip in product(SIDES, (*_LINKS, *_FINGERS), (False, True)):
        body = model.body(f"{_PREFIX}openarm_{side}_{name}").id
        geoms = [geom for geom in np.flatnonzero(model.geom_bodyid == body).tolist() if _belongs(model, geom, tip)]
        parts = [_corners(model, geom) for geom in geoms]
        if name in _FINGERS and not tip:
            names = [model.geom(geom).name for geom in geoms]
            shapes += [Shape(side, name, tip, capsule_around(part), n) for part, n in zip(parts, names, strict=True)]
        elif parts:
            shapes.append(Shape(side, name, tip, capsule_around(np.concatenate(parts))))
    return shapes


def _belongs(model: mujoco.MjModel, geom: int, tip: bool) -> bool:
    """Tell whether a geom is part of a fingertip, or else of the collision geometry of a link."""
    name = model.geom(geom).name
    return any(name.endswith(part) for part in _TIPS) if tip else "collision" in name


def _corners(model: mujoco.MjModel, geom: int) -> Array:
    """Return points (n, 3) in the body's frame whose hull contains a mesh or a box [m]."""
    mesh = model.geom_dataid[geom]
    if mesh >= 0:
        first = model.mesh_vertadr[mesh]
        points = model.mesh_vert[first : first + model.mesh_vertnum[mesh]].astype(float)
    else:
        signs = np.stack(np.meshgrid(*[(-1.0, 1.0)] * 3), axis=-1).reshape(-1, 3)
        points = signs * model.geom_size[geom]
    rotation = np.empty(9)
    mujoco.mju_quat2Mat(rotation, model.geom_quat[geom])
    placed: Array = model.geom_pos[geom] + points @ rotation.reshape(3, 3).T
    return placed


def _addresses(model: mujoco.MjModel) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where entries of the state stand (18,), and which of the 16 joint positions each one takes."""
    order, source = [], []
    for side in SIDES:
        names = [*joint_names(side), *(f"openarm_{side}_finger_joint{number}" for number in (1, 2))]
        order += [model.joint(_PREFIX + name).qposadr[0] for name in names]
        source += [JOINTS_PER_ARM * side.index + min(i, JOINTS_PER_ARM - 1) for i in range(len(names))]
    return np.array(order), np.array(source)
