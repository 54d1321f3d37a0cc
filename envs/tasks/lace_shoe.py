"""LaceShoe: all six eyelets, criss-cross, instruction after instruction.

Task: each lace starts at its own side's first eyelet and crosses over at every next one; the laces take turns. Each
instruction is a ThreadEyelet; the next one is given when the last one is done.
Randomisation: as PickLace.
Success: every instruction succeeded.
"""

from ..goals import EyeletGoal
from ..spec import EYELETS_PER_SIDE, Side
from .task import Task


def _goals(drawn: EyeletGoal) -> tuple[EyeletGoal, ...]:
    """Return the order of lacing; the drawn goal's lace begins."""
    goals = []
    for row in range(EYELETS_PER_SIDE):
        for lace in (drawn.lace, drawn.lace.other):
            side: Side = lace if row % 2 == 0 else lace.other
            goals.append(EyeletGoal(lace, side, row))
    return tuple(goals)


LACE_SHOE = Task("LaceShoe", "all six eyelets, criss-cross", 240.0, 0.70, False, 0.002, _goals)
