"""Where the cameras are.

The head camera looks down at the shoe as a person lacing it does. The wrist cameras have the maker's place
(`camera_wrist_left`, `camera_wrist_right`) but are turned to the pinch centre and see less around it: what they see is a
part of the maker's picture (960 x 600 pixels, 66 degrees high), so a robot gets it by cropping. The others are for
videos.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import Side
from . import fingertips

WRIST_FIELD = 40.0  # degrees
# m from the pinch centre to where the wrist cameras look: ahead along the aglet, and to the middle of what can be seen
# between the fingers.
WRIST_AHEAD, WRIST_INWARD = 0.018, 0.010
POLICY_CAMERAS = ("head", "openarm_v20/wrist_left", "openarm_v20/wrist_right")

Vector = NDArray[np.float64]


def add_wrist_camera(robot: Any, side: Side) -> None:
    """Add the camera of one hand to the PyMJCF model of the robot."""
    place = np.array(robot.find("camera", f"camera_wrist_{side}").pos)
    aside = np.array([0.0, -side.sign * WRIST_INWARD, 0.0])
    forward = fingertips.tool_position() + WRIST_AHEAD * fingertips.bend_rotation()[:, 0] + aside - place
    right = np.cross(forward, [1.0, 0.0, 0.0])  # the hand's x points up in the picture
    robot.find("body", f"openarm_{side}_ee_base_link").add(
        "camera",
        name=f"wrist_{side}",
        pos=place,
        xyaxes=[*right, *np.cross(right, forward)],
        fovy=WRIST_FIELD,
    )
