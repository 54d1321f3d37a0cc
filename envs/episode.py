"""One episode, fixed completely by (task, difficulty, seed): goal, shoe, where the laces lie, randomisation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from . import layouts, randomization
from .exceptions import LaceLabError
from .goals import EyeletGoal
from .layouts import LAYOUTS, Placement
from .overrides import check_overrides, held_out_words, override_layout, override_randomization
from .randomization import Randomization
from .spec import EYELETS_PER_SIDE, SIDES

_ATTEMPTS = 200


@dataclass(frozen=True)
class Episode:
    """All that a reset needs to know."""

    difficulty: str
    seed: int
    goal: EyeletGoal
    paraphrase: int  # index of the instruction's wording
    placement: Placement
    randomization: Randomization
    in_hand: bool = False  # the goal lace starts in the hand that inserts it
    mirror: bool = False
    held_out: bool = False  # worded as in no training episode

    def mirrored(self) -> "Episode":
        """Return the mirror image about y = 0."""
        return replace(
            self,
            goal=self.goal.mirrored(),
            placement=self.placement.mirrored(),
            randomization=self.randomization.mirrored(),
            mirror=not self.mirror,
        )


def sample(
    difficulty: str,
    seed: int,
    lace_length: float,
    goal: EyeletGoal | None = None,
    in_hand: bool = False,
    overrides: Mapping[str, float] | None = None,
) -> Episode:
    """Draw the episode of a seed.

    Independent streams for goal, layout, dynamics and grasp: a change of one leaves the others as they were.

    Args:
        difficulty: decides the ranges.
        seed: decides everything else.
        lace_length: of both laces [m].
        goal: replaces the one that the seed draws.
        in_hand: the goal lace starts in the hand that inserts it.
        overrides: values that replace what the seed draws, see `overrides`.

    Raises:
        UnknownNameError: if there is no such difficulty or factor.
        LaceLabError: if no layout without crossings was found (never seen; the bound keeps the loop finite).
    """
    ranges, overrides = randomization.ranges_for(difficulty), overrides or {}
    check_overrides(overrides)
    layout = override_layout(LAYOUTS[difficulty], overrides)
    goals, laying, dynamics, grasps = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(4))
    goal = goal or _sample_goal(goals)
    held = (goal.inserting_hand, float(grasps.uniform(*LAYOUTS[difficulty].hold_height))) if in_hand else None
    for _ in range(_ATTEMPTS):
        placement = layouts.draw(laying, layout, lace_length, held)
        if placement is not None:
            drawn = override_randomization(randomization.sample(dynamics, ranges), overrides)
            wording = int(goals.integers(0, 1 << 16))
            held_out = held_out_words(difficulty, overrides)
            return Episode(difficulty, seed, goal, wording, placement, drawn, in_hand, held_out=held_out)
    raise LaceLabError(f"Seed {seed}: no layout without crossing laces in {_ATTEMPTS} attempts.")


def _sample_goal(rng: np.random.Generator) -> EyeletGoal:
    lace, side = SIDES[rng.integers(2)], SIDES[rng.integers(2)]
    return EyeletGoal(lace, side, int(rng.integers(EYELETS_PER_SIDE)))
