"""ThreadEyelet: the paper's unit, one lace through one eyelet, from the mat back to the mat.

Task: the instruction names lace and eyelet. Pick the lace, thread it, hand it over to the other hand, pull 70 mm
through, put it down. The left lace is pushed to the right (by the left hand), the right lace to the left.
Randomisation: as PickLace.
Success: all five stages in order, the lace through the named eyelet only, at rest and untouched at the end
(GR-RL, arXiv 2512.01801, section 4: through the correct eyelet and put down completely).
"""

from ..goals import EyeletGoal
from .task import Task


def _goals(drawn: EyeletGoal) -> tuple[EyeletGoal]:
    return (drawn,)


THREAD_EYELET = Task("ThreadEyelet", "thread one eyelet, all five stages", 40.0, 0.45, False, 0.0025, _goals)
