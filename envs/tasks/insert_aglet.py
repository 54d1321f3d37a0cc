"""InsertAglet: put an aglet that is already in hand through an eyelet.

Task: the instruction names lace and eyelet; the lace starts in the hand that inserts it.
Randomisation: as PickLace, and the pose of the aglet in the air.
Success: the tip is 8 mm through the named eyelet, in the required direction.
"""

from ..goals import EyeletGoal
from ..spec import STAGES
from .task import Task


def _goals(drawn: EyeletGoal) -> tuple[EyeletGoal]:
    return (drawn,)


INSERT_AGLET = Task("InsertAglet", "insert an aglet held in hand", 20.0, 0.45, True, 0.0025, _goals, STAGES[:2])
