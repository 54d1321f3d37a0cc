"""What holds our fingertips on the maker's fingers: printed with them, seen by cameras, not touched by anything.

A block carries the stem; web, bridge and cheek grip the 8 mm thick plate at the end of the maker's finger.
"""

import numpy as np

from .fingertips import Box

# Low and high corners for the finger on the side of positive y of the hand's middle, in the frame of the finger [m].
# All of it lies towards the back of the hand, where it does not hide the aglet from the maker's wrist camera.
_PARTS = {
    "block": ((-0.011, -0.0295, -0.096), (0.0, -0.0181, -0.0865)),
    "web": ((-0.011, -0.0220, -0.105), (0.0, -0.0181, -0.0890)),
    "cheek": ((-0.011, -0.0099, -0.105), (0.0, -0.0069, -0.0890)),
    "bridge": ((-0.011, -0.0182, -0.105), (0.0, -0.0069, -0.1021)),
}


def boxes(side: int) -> list[Box]:
    """Return the mount of the finger on one side of the hand's middle, +1 or -1, in the frame of the finger."""
    identity = np.array([1.0, 0.0, 0.0, 0.0])
    parts = []
    for name, corners in _PARTS.items():
        low, high = np.array(corners)
        parts.append(Box(name, (low + high) / 2 * [1.0, side, 1.0], identity, (high - low) / 2))
    return parts
