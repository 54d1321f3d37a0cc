"""The room: table with a foam mat, pedestal, lights, cameras, and the two laces (free bodies live at the top level)."""

from typing import Any

from .. import contacts
from ..composition import composer, mjcf
from ..spec import SIDES
from .lace import LaceParameters, lace_xml

TABLE_HEIGHT = 0.358  # m, top of the mat
SHOE_X = 0.34  # m, nominal centre of the shoe
MAT_FRICTION = 0.5

OPTION = """
  <option timestep="{timestep}" integrator="discrete" cone="elliptic" impratio="10" solver="Newton"
      iterations="50" tolerance="1e-4"/>
  <size memory="64M"/>
  <compiler angle="radian"/>"""

_VISUAL = """
  <visual>
    <global offwidth="640" offheight="480"/>
    <quality offsamples="0" numslices="8" numstacks="5"/>
    <headlight ambient=".3 .3 .3" diffuse=".2 .2 .2" specular="0 0 0"/>
    <map znear="0.005" zfar="20"/>
  </visual>"""

# The head camera looks down at the shoe as a person lacing it does; "front", "side" and "close" are for videos.
_FIXTURES = """
    <light name="key" type="directional" pos="0.3 0 1.6" dir="0.08 0 -1" castshadow="false" diffuse=".36 .36 .36"/>
    <light name="fill" type="directional" pos="0.9 0 1.2" dir="-.6 0 -1" castshadow="false" diffuse=".16 .16 .16"/>
    <camera name="head" pos="0.22 0 1.12" xyaxes="0 -1 0 .989 0 .144" fovy="42"/>
    <camera name="front" pos="0.98 0 0.86" xyaxes="0 1 0 -.531 0 .847" fovy="36"/>
    <camera name="side" pos="0.86 -0.40 0.72" xyaxes=".595 .804 0 -.308 .228 .924" fovy="36"/>
    <camera name="close" pos="0.66 -0.20 0.62" xyaxes=".530 .848 0 -.405 .253 .879" fovy="30"/>
    <geom name="floor" type="plane" size="20 20 20" contype="0" conaffinity="0" rgba=".45 .45 .5 1"/>
    <geom name="pedestal" type="box" size=".04 .04 .349" pos="-.06 0 .349" contype="0" conaffinity="0"
        rgba=".3 .3 .3 1"/>
    <geom name="table" type="box" size=".21 .5 .02" pos="0.40 0 {below}" contype="0" conaffinity="0"
        rgba=".55 .5 .45 1"/>"""

# The foam is a box: MuJoCo 3.17 ignores the collision masks between a plane and a flex.
_PLANE = f'plane" size=".4 .6 .1" pos="0 0 {TABLE_HEIGHT}'
_BOX = f'box" size=".25 .5 .02" pos="0.4 0 {TABLE_HEIGHT - 0.02}'

_MAT = """
    <geom name="{name}" type="{shape}" contype="{bits.contype}"
        conaffinity="{bits.conaffinity}" condim="3" priority="3" friction="{friction} 0.002 0.0001"
        solref="{solref[0]} {solref[1]}" solimp="{solimp}" rgba="0 0 0 0" group="5"/>"""


def arena_xml(lace: LaceParameters, timestep: float) -> str:
    """Return the MJCF of the room with both laces."""
    laces = [lace_xml(side, lace) for side in SIDES]
    mats = _mat("mat", _PLANE, contacts.MAT_FOR_LACES, contacts.MAT_SOLREF, contacts.MAT_SOLIMP)
    mats += _mat("foam", _BOX, contacts.MAT_FOR_ARMS, contacts.FOAM_SOLREF, contacts.FOAM_SOLIMP)
    fixtures = _FIXTURES.format(below=TABLE_HEIGHT - 0.02)
    bodies = "".join(body for body, _ in laces)
    ties = "".join(tie for _, tie in laces)
    return (
        f'<mujoco model="lacing">{OPTION.format(timestep=timestep)}{_VISUAL}'
        f"<worldbody>{fixtures}{mats}{bodies}</worldbody><equality>{ties}</equality></mujoco>"
    )


def _mat(
    name: str, shape: str, bits: contacts.ContactBits, solref: tuple[float, ...], solimp: tuple[float, ...]
) -> str:
    return _MAT.format(
        name=name,
        shape=shape,
        bits=bits,
        friction=MAT_FRICTION,
        solref=solref,
        solimp=" ".join(f"{value:g}" for value in solimp),
    )


class Room(composer.Arena):
    """The arena to which shoe and robot are attached."""

    def _build(self, lace: LaceParameters, timestep: float) -> None:
        self._mjcf_root = mjcf.from_xml_string(arena_xml(lace, timestep))

    @property
    def mjcf_model(self) -> Any:
        """The PyMJCF root."""
        return self._mjcf_root
