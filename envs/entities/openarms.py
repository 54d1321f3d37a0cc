"""Two OpenArm v2 arms on their mount, from the maker's model, with our fingertips.

The model is read from the `openarm-mujoco` package: masses, joint ranges, torque limits and servo gains are the
maker's. We add fingertips, tool sites, gravity compensation (as the real controller does) and contact parameters.
"""

from typing import Any

import numpy as np
from openarm_mujoco.v2 import openarm_bimanual_xml

from .. import contacts
from ..composition import composer, mjcf
from ..spec import ARM_JOINTS, SIDES, Side
from . import cameras, fingertips, looks

MOUNT_HEIGHT = 0.698  # m above the floor: top of the maker's pedestal
GRIP_FORCE = 8.0  # N between the pads when fully closed
VELOCITY_LIMIT = 3.0  # rad/s, below the slowest motor's rated speed (DM4340: 52.5 rpm = 5.5 rad/s)
FINGERS = ("inner", "outer")
_COLLIDING = ("link5", "link6", "ee_base_link", "finger")
_UNMIRRORED = ("link3", "link4")


class OpenArms(composer.Entity):
    """The bimanual robot; names of its elements are the maker's."""

    def _build(self, visuals: bool = False) -> None:
        self._model: Any = mjcf.from_path(openarm_bimanual_xml())
        self._strip_geoms(visuals)
        self._mirror_inertias()
        for side in SIDES:
            self._add_fingertips(side)
            self._add_tool_site(side)
            cameras.add_wrist_camera(self._model, side)
            looks.add_mounts(self._model, side)
            if not visuals:
                looks.add_looks(self._model, side)
        for body in self._model.find_all("body"):
            body.gravcomp = 1.0
        for joint in self._model.find_all("joint"):
            if "finger" not in joint.name:
                joint.actuatorgravcomp = "true"

    @property
    def mjcf_model(self) -> Any:
        """The PyMJCF root."""
        return self._model

    def _strip_geoms(self, visuals: bool) -> None:
        for geom in self._model.find_all("geom"):
            if geom.dclass is not None and geom.dclass.dclass == "visual":
                if not visuals:
                    geom.remove()
            elif any(part in geom.name for part in _COLLIDING):
                _make_rigid(geom)
            else:
                geom.contype, geom.conaffinity = 0, 0
        used = {geom.mesh for geom in self._model.find_all("geom") if geom.mesh is not None}
        for mesh in self._model.find_all("mesh"):
            if mesh not in used:
                mesh.remove()

    def _mirror_inertias(self) -> None:
        """Make the arms exact mirror images of each other.

        The maker's are, but for two links with the same numbers for both arms: their centres of mass are 0.5 and
        1.4 mm off the plane of symmetry. The right arm gets the mirror image of the left one's.
        """
        for link in _UNMIRRORED:
            left, right = (self._model.find("body", f"openarm_{side}_{link}").inertial for side in SIDES)
            right.pos = left.pos * [1.0, -1.0, 1.0]
            right.quat = left.quat * [1.0, -1.0, 1.0, -1.0]

    def _add_fingertips(self, side: Side) -> None:
        for number, finger in enumerate(FINGERS, start=1):
            body = self._model.find("body", f"openarm_{side}_ee_{finger}_finger")
            joint = self._model.find("joint", f"openarm_{side}_finger_joint{number}")
            for box in fingertips.boxes(np.array(body.pos), np.array(joint.axis), side.sign):
                pad = box.name == "pad"
                geom = body.add(
                    "geom",
                    name=f"{side}_{finger}_{box.name}",
                    type="box",
                    pos=box.position,
                    quat=box.quaternion,
                    size=box.half_size,
                    mass=0.002 if pad else 0.004,
                    condim=4,
                    friction=[fingertips.PAD_FRICTION if pad else 0.4, 0.002, 0.0001],
                    rgba=[0.95, 0.5, 0.1, 1] if pad else [0.45, 0.45, 0.5, 1],
                    group=0,
                )
                _make_rigid(geom)
                geom.priority = 2

    def _add_tool_site(self, side: Side) -> None:
        half = fingertips.BEND / 2
        self._model.find("body", f"openarm_{side}_ee_base_link").add(
            "site",
            name=f"{side}_tool",
            pos=fingertips.tool_position(),
            quat=[np.cos(half), 0.0, -np.sin(half), 0.0],
            size=[0.001],
            group=4,
        )


def joint_names(side: Side) -> list[str]:
    """Names of the seven joints of one arm, from the mount to the hand."""
    return [f"openarm_{side}_joint{i}" for i in range(1, ARM_JOINTS + 1)]


def actuator_names(side: Side) -> list[str]:
    """Names of the position servos of `joint_names`."""
    return [f"{side}_joint{i}_ctrl" for i in range(1, ARM_JOINTS + 1)]


def _make_rigid(geom: Any) -> None:
    geom.contype, geom.conaffinity = contacts.ARM.contype, contacts.ARM.conaffinity
    geom.solref, geom.solimp = contacts.SOLREF, contacts.SOLIMP
