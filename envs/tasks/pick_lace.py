"""PickLace: take one lace off the mat.

Task: the instruction names a lace; grasp it and lift its aglet.
Randomisation: poses of shoe and laces, dynamics, looks, by difficulty (see layouts.LAYOUTS, randomization.RANGES).
Success: the named lace is held by a hand, lifted by 15 mm, for half a second.
"""

from ..goals import EyeletGoal, PickGoal
from ..spec import STAGES
from .task import Task


def _goals(drawn: EyeletGoal) -> tuple[PickGoal]:
    return (PickGoal(drawn.lace),)


PICK_LACE = Task("PickLace", "pick one lace off the mat", 15.0, 0.45, False, 0.0025, _goals, STAGES[:1])
