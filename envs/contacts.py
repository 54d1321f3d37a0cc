"""Contact parameters shared by everything that touches a lace.

MuJoCo averages solref and solimp over a contact pair, so one geom with soft defaults makes its partner soft too: an
aglet is then pushed through a panel at 2 N. Every task geom therefore carries these values explicitly.
"""

from dataclasses import dataclass

from .spec import Side

SOLREF = (0.004, 1.0)  # time constant [s], damping ratio
SOLIMP = (0.999, 0.9999, 0.0005, 0.5, 2.0)

# The mat carries dozens of lace contacts at once: slightly softer and cheaper for the solver, and light loads only.
MAT_SOLREF = (0.006, 1.0)
MAT_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)

# Foam under a fingertip: about 1 N per millimetre (negative solref: stiffness, damping per unit mass).
FOAM_SOLREF = (0.02, 1.0)
FOAM_SOLIMP = (0.3, 0.9, 0.004, 0.5, 2.0)


@dataclass(frozen=True)
class ContactBits:
    """Collision masks of one kind of geom; two geoms collide if either one's type meets the other's affinity."""

    contype: int
    conaffinity: int


_LEFT_LACE, _FIXED, _ARM, _RIGHT_LACE = 1, 2, 4, 8
_LACES = _LEFT_LACE | _RIGHT_LACE

# The two laces touch each other; a lace does not touch itself (its aglet overlaps its last edge).
LACES = {
    Side.LEFT: ContactBits(_LEFT_LACE, _RIGHT_LACE | _FIXED | _ARM),
    Side.RIGHT: ContactBits(_RIGHT_LACE, _LEFT_LACE | _FIXED | _ARM),
}
FIXED = ContactBits(_FIXED, _LACES | _ARM)
ARM = ContactBits(_ARM, _LACES | _FIXED | _ARM)
MAT_FOR_LACES = ContactBits(0, _LACES)
MAT_FOR_ARMS = ContactBits(0, _ARM)
NOTHING = ContactBits(0, 0)
