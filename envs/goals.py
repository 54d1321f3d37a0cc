"""What an episode asks for: a lace to pick up, an eyelet to thread, or the whole shoe."""

from dataclasses import dataclass, replace
from itertools import product

from .exceptions import InstructionError, UnknownNameError
from .spec import EYELETS_PER_SIDE, SIDES, TASKS, Side


@dataclass(frozen=True)
class PickGoal:
    """Pick one lace up."""

    lace: Side

    def mirrored(self) -> "PickGoal":
        """Return the goal seen in the mirror y = 0."""
        return PickGoal(self.lace.other)


@dataclass(frozen=True)
class EyeletGoal:
    """Bring one lace through one eyelet; index 0 is nearest the toe."""

    lace: Side
    side: Side
    index: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < EYELETS_PER_SIDE:
            raise InstructionError(f"No eyelet with index {self.index}. Valid: 0 to {EYELETS_PER_SIDE - 1}.")

    @property
    def direction(self) -> int:
        """Required net crossing: +1 outside to inside (the lace's own flap), -1 inside to outside."""
        return 1 if self.lace is self.side else -1

    @property
    def inserting_hand(self) -> Side:
        """The hand that pushes the aglet in: always the lace's own."""
        return self.lace

    @property
    def receiving_hand(self) -> Side:
        """The hand that takes the aglet on the far side of the flap."""
        return self.lace.other

    def mirrored(self) -> "EyeletGoal":
        """Return the goal seen in the mirror y = 0."""
        return replace(self, lace=self.lace.other, side=self.side.other)


@dataclass(frozen=True)
class ShoeGoal:
    """Lace the whole shoe."""

    def mirrored(self) -> "ShoeGoal":
        """Return itself: the whole shoe is its own mirror image."""
        return self


Goal = PickGoal | EyeletGoal | ShoeGoal

_GOALS: dict[str, tuple[type, ...]] = {
    "PickLace": (PickGoal,),
    "InsertAglet": (EyeletGoal,),
    "ThreadEyelet": (EyeletGoal,),
    "LaceShoe": (ShoeGoal, EyeletGoal),
}


def goal_kinds(task: str) -> tuple[type, ...]:
    """Return the kinds of goal that a task has.

    Raises:
        UnknownNameError: The task does not exist.
    """
    if task not in _GOALS:
        raise UnknownNameError("task", task, TASKS)
    return _GOALS[task]


def all_goals(task: str) -> tuple[Goal, ...]:
    """Return every goal that has an instruction in a task, in a fixed order."""
    eyelets = tuple(EyeletGoal(lace, side, i) for lace, side, i in product(SIDES, SIDES, range(EYELETS_PER_SIDE)))
    goals: dict[type, tuple[Goal, ...]] = {
        PickGoal: tuple(PickGoal(lace) for lace in SIDES),
        EyeletGoal: eyelets,
        ShoeGoal: (ShoeGoal(),),
    }
    return tuple(goal for kind in goal_kinds(task) for goal in goals[kind])
