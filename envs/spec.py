"""The contract: every observation and action key with shape, unit and limits, written once.

World frame: x forward from the robot, y left, z up, origin on the floor below the arms' mount; the mirror plane is
y = 0. Leading axes of size 2 are ordered (left, right). SI units and radians throughout; rotations are given by the
first two columns of the rotation matrix (Zhou et al., 2019, arXiv 1812.07035).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

CONTROL_PERIOD = 0.05  # seconds, 20 Hz
ARM_JOINTS = 7
EYELETS_PER_SIDE = 3
LACE_POINTS = 12
INSTRUCTION_TOKENS = 16

# One action per arm: translation (3), rotation vector (3), gripper opening (1), all in [-1, 1].
ACTION_PER_ARM = 7
ACTION_SIZE = 2 * ACTION_PER_ARM
TRANSLATION_SCALE = 0.0125  # m per tick in the tool frame: 0.25 m/s
ROTATION_SCALE = 0.15  # rad per tick in the tool frame: 3 rad/s
GRIPPER_OPENING = 0.024  # m between the pads at +1; -1 squeezes with the full grip force


class Side(StrEnum):
    """Left and right as seen from the robot; also names the laces and the flaps of the shoe."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def index(self) -> int:  # type: ignore[override]  # str.index is of no use for a side
        """Position on leading axes of size 2."""
        return 0 if self is Side.LEFT else 1

    @property
    def sign(self) -> int:
        """Sign of y on this side."""
        return 1 if self is Side.LEFT else -1

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


SIDES = (Side.LEFT, Side.RIGHT)


class Quantity(StrEnum):
    """What the last axis of an array means; decides how the array is mirrored."""

    JOINTS = "joints"  # seven joint angles or velocities of one arm
    VECTOR = "vector"  # a point or polar vector in the world frame
    ROTATION = "rotation"  # two columns of a rotation matrix, tool in world
    SCALAR = "scalar"  # nothing to flip but the order of sides
    TOKENS = "tokens"  # instruction tokens


@dataclass(frozen=True)
class ObservationKey:
    """One entry of the state observation."""

    shape: tuple[int, ...]
    quantity: Quantity
    unit: str
    low: float
    high: float
    sides: tuple[int, ...]  # axes of size 2 that hold (left, right)
    dtype: type = np.float32


_E, _P = EYELETS_PER_SIDE, LACE_POINTS

STATE_KEYS: dict[str, ObservationKey] = {
    "joint_position": ObservationKey((2, 7), Quantity.JOINTS, "rad", -7.0, 7.0, (0,)),
    "joint_velocity": ObservationKey((2, 7), Quantity.JOINTS, "rad/s", -100.0, 100.0, (0,)),
    "gripper_opening": ObservationKey((2,), Quantity.SCALAR, "m", -0.2, 0.2, (0,)),
    "tool_position": ObservationKey((2, 3), Quantity.VECTOR, "m", -3.0, 3.0, (0,)),
    "tool_rotation": ObservationKey((2, 6), Quantity.ROTATION, "1", -1.001, 1.001, (0,)),
    "target_position": ObservationKey((2, 3), Quantity.VECTOR, "m", -3.0, 3.0, (0,)),
    "target_rotation": ObservationKey((2, 6), Quantity.ROTATION, "1", -1.001, 1.001, (0,)),
    "aglet_position": ObservationKey((2, 3), Quantity.VECTOR, "m", -10.0, 10.0, (0,)),
    "aglet_axis": ObservationKey((2, 3), Quantity.VECTOR, "1", -1.001, 1.001, (0,)),
    "lace_points": ObservationKey((2, _P, 3), Quantity.VECTOR, "m", -10.0, 10.0, (0,)),
    "eyelet_position": ObservationKey((2, _E, 3), Quantity.VECTOR, "m", -3.0, 3.0, (0,)),
    "eyelet_axis": ObservationKey((2, _E, 3), Quantity.VECTOR, "1", -1.001, 1.001, (0,)),
    "threaded": ObservationKey((2, 2, _E), Quantity.SCALAR, "1", -9.0, 9.0, (0, 1)),
    "pulled_through": ObservationKey((2, 2, _E), Quantity.SCALAR, "m", 0.0, 2.0, (0, 1)),
    "instruction": ObservationKey((INSTRUCTION_TOKENS,), Quantity.TOKENS, "1", 0, 255, (), np.int64),
}
"""tool_*: pinch centre of each hand, measured; target_*: its commanded set-point; gripper_opening: gap between the
pads. aglet_position: tip; aglet_axis: from the lace to the tip. lace_points: the last 0.45 m of a lace, ending at the
aglet. eyelet_*[side, index]: index 0 is nearest the toe; the axis points out of the shoe. threaded[lace, side, index]:
net signed crossings, +1 from outside to inside; pulled_through: length of lace past the eyelet."""

PIXEL_KEYS = ("head", "wrist_left", "wrist_right")
IMAGE_SIZE = 128  # pixels, square, uint8 RGB

STAGES = ("pick", "thread", "handover", "pull", "putdown")
TASKS = ("PickLace", "InsertAglet", "ThreadEyelet", "LaceShoe")
DIFFICULTIES = ("easy", "standard", "hard")
