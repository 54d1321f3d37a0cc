"""Where the cameras of a policy are.

The head camera (see `arena`) looks down at the shoe as a person lacing it does. The maker's wrist cameras sit between the
fingers' roots and look along our fingertips, whose stems hide the pads; ours sit beside the hand, on a bracket over the
outer finger, a little behind it: from there a camera sees the pads, the aglet and the face of the flap with its eyelet,
when the aglet is picked, inserted and taken. The two are mirror images of each other.
"""

from typing import Any

import numpy as np

from ..spec import Side
from . import fingertips

WRIST_PLACE = np.array([-0.028, 0.080, -0.130])  # m, of the left one in the hand frame
WRIST_FIELD = 40.0  # degrees: 0.7 mm a pixel at the pinch centre
WRIST_AHEAD = 0.012  # m, the wrist cameras look this far ahead of the pinch centre along the aglet
POLICY_CAMERAS = ("head", "openarm_v20/wrist_left", "openarm_v20/wrist_right")


def add_wrist_camera(robot: Any, side: Side) -> None:
    """Add the camera of one hand to the PyMJCF model of the robot."""
    place = WRIST_PLACE * [1.0, side.sign, 1.0]
    centre = fingertips.tool_position() + WRIST_AHEAD * fingertips.bend_rotation()[:, 0]
    right = np.cross(centre - place, [1.0, 0.0, 0.0])  # the hand's x points up in the picture
    robot.find("body", f"openarm_{side}_ee_base_link").add(
        "camera",
        name=f"wrist_{side}",
        pos=place,
        xyaxes=[*right, *np.cross(right, centre - place)],
        fovy=WRIST_FIELD,
    )
