"""How a hand holds an aglet: orientations found by a reachability study of the OpenArm pair over mat and eyelets.

One recipe serves every phase. The hand leans back from the aglet by `LEAN`, and its back tilts towards the robot by a
`roll` about the aglet. The right hand's tool x axis points inward (+y) or forward, the left hand's mirrors it. So the
right lace always travels along +y: the right hand holds the aglet's back with its tool x along the aglet, the left hand
holds the tip with its tool x against it.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAN = np.radians(27.0)  # between the aglet and the tool's x axis
HOLD = 0.005  # m, pinch centre in front of the aglet's back, or behind its tip
UP = np.array([0.0, 0.0, 1.0])


def frame(x: Array, z_hint: Array) -> Array:
    """Return the rotation with first column along `x` and third as near to `z_hint` as possible."""
    x = x / np.sqrt(x @ x)
    z = z_hint - x * (z_hint @ x)
    z = z / np.sqrt(z @ z)
    return np.stack([x, np.cross(z, x), z], axis=1)


def hand_back(axis: Array, roll: float) -> Array:
    """Return the direction of the hand's back: up, tilted towards the robot by `roll`, normal to `axis`."""
    back = np.array([-np.sin(roll), 0.0, np.cos(roll)])
    back = back - axis * (back @ axis)
    return back / np.sqrt(back @ back)


def grasp_rotation(axis: Array, roll: float, forward: bool, lean: float = LEAN) -> Array:
    """Return the tool orientation (3, 3) for holding an aglet.

    Args:
        axis: unit vector from the aglet's back to its tip, (3,).
        roll: tilt of the hand's back towards the robot [rad]; 0 closes the fingers horizontally.
        forward: the tool's x axis runs along the aglet (hold at the back), else against it (hold at the tip).
        lean: angle by which the hand leans away from the free end [rad].
    """
    x = axis if forward else -axis
    upright = frame(x, hand_back(axis, roll))
    c, s = np.cos(lean), np.sin(lean)
    return upright @ np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])
