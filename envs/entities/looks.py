"""How the robot looks in a policy's cameras: a few boxes and cylinders instead of 217,000 triangles.

The shapes approximate the links of the OpenArm v2 (their bounding boxes, read from the maker's meshes). They are seen
only: no mass, no contacts. Given for the right arm in the frame of each body; the left arm is its mirror image, because
the maker's body frames are mirror images of each other about y = 0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import Side
from . import fingertip_mount

GROUP = 1  # of geoms; the detailed meshes are in group 2
FINGERTIP_GROUP = 0
_BLACK = (0.25, 0.25, 0.25, 1.0)
_GREY = (0.45, 0.45, 0.5, 1.0)  # of the printed fingertips
_SILVER = (0.72, 0.72, 0.74, 1.0)

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """A box or, along an axis, a cylinder that fills it. Corners in the frame of the right arm's body [m]."""

    body: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    colour: tuple[float, float, float, float] = _BLACK
    axis: str | None = None  # of a cylinder


BLOCKS = (
    Block("base_link", (-0.049, -0.062, -0.049), (0.049, 0.0, 0.049), _BLACK, "y"),
    Block("link1", (-0.047, -0.109, -0.049), (0.047, 0.0, 0.049), _BLACK, "y"),
    Block("link2", (-0.048, -0.049, -0.049), (0.035, 0.049, 0.049), _BLACK, "x"),
    Block("link2", (-0.035, -0.022, -0.066), (0.021, 0.022, -0.042), _SILVER),
    Block("link3", (-0.039, -0.036, -0.182), (0.033, 0.036, 0.0), _BLACK, "z"),
    Block("link3", (-0.028, 0.022, -0.182), (0.028, 0.041, -0.125), _SILVER),
    Block("link4", (-0.029, -0.039, -0.030), (0.029, 0.039, 0.028), _SILVER, "y"),
    Block("link4", (-0.037, -0.036, -0.097), (0.032, 0.036, -0.020), _BLACK, "z"),
    Block("link5", (-0.038, -0.036, -0.093), (0.038, 0.036, -0.002), _BLACK, "z"),
    Block("link5", (-0.036, -0.036, -0.131), (0.028, 0.036, -0.093), _SILVER),
    Block("link6", (-0.038, -0.036, -0.028), (0.028, 0.036, 0.028), _SILVER),
    Block("ee_base_link", (-0.015, -0.041, -0.050), (0.043, 0.046, 0.017), _SILVER),
    Block("ee_base_link", (-0.032, -0.053, -0.111), (0.045, 0.047, -0.040), _BLACK),
    Block("ee_inner_finger", (-0.026, -0.015, -0.050), (-0.003, 0.021, 0.015), _BLACK),
    Block("ee_inner_finger", (-0.026, -0.002, -0.070), (0.027, 0.016, -0.050), _BLACK),
    Block("ee_inner_finger", (-0.009, -0.012, -0.102), (0.027, 0.012, -0.070), _BLACK),
    Block("ee_inner_finger", (-0.027, -0.018, -0.102), (0.028, -0.010, -0.089), _BLACK),
    Block("ee_outer_finger", (-0.026, -0.021, -0.050), (-0.003, 0.015, 0.015), _BLACK),
    Block("ee_outer_finger", (-0.026, -0.016, -0.070), (0.027, 0.002, -0.050), _BLACK),
    Block("ee_outer_finger", (-0.009, -0.012, -0.102), (0.027, 0.012, -0.070), _BLACK),
    Block("ee_outer_finger", (-0.027, 0.010, -0.102), (0.028, 0.018, -0.089), _BLACK),
)


def add_mounts(robot: Any, side: Side) -> None:
    """Add what holds the fingertips of one hand to the PyMJCF model of the robot."""
    for finger in ("inner", "outer"):
        body = robot.find("body", f"openarm_{side}_ee_{finger}_finger")
        for box in fingertip_mount.boxes(int(np.sign(body.pos[1]))):
            name = f"{side}_{finger}_{box.name}"
            size = {"type": "box", "size": box.half_size}
            _add(body, name, pos=box.position, rgba=_GREY, group=FINGERTIP_GROUP, **size)


def add_looks(robot: Any, side: Side) -> None:
    """Add the shapes of one arm to the PyMJCF model of the robot."""
    for number, block in enumerate(BLOCKS):
        low, high = np.array(block.low), np.array(block.high)
        middle, half = (low + high) / 2, (high - low) / 2
        body = robot.find("body", f"openarm_{side}_{block.body}")
        place = middle * [1.0, -side.sign, 1.0]
        _add(body, f"{side}_look{number}", pos=place, rgba=block.colour, group=GROUP, **_shape(half, block.axis))


def _add(body: Any, name: str, **geom: Any) -> None:
    """Add a geom that is seen only."""
    body.add("geom", name=name, mass=0.0, contype=0, conaffinity=0, **geom)


def _shape(half: Vector, axis: str | None) -> dict[str, Any]:
    """Return type, size and orientation of a geom that fills a box of half sizes (3,) [m]."""
    if axis is None:
        return {"type": "box", "size": half}
    along = "xyz".index(axis)
    radius = np.delete(half, along).mean()
    turn = {"x": [0.0, 1.0, 0.0, 1.0], "y": [1.0, 1.0, 0.0, 0.0], "z": [1.0, 0.0, 0.0, 0.0]}[axis]
    return {"type": "cylinder", "size": [radius, half[along]], "quat": turn}
