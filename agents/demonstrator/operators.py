"""The people at the controls: habits of simulated teleoperators.

Sources. Physiological tremor of a hand held in the air is 0.1 to 0.3 mm at 8 to 12 Hz (Elble and Koller, 1990; for
surgeons 0.05 to 0.1 mm rms: Riviere, Rader and Khosla, 1997); these are operators who rest their forearms.
Choice reaction times are 0.25 to 0.4 s (Hick, 1952), those of teleoperators of this kind a little less between practised
steps. Hands accelerate within 0.1 to 0.2 s (minimum jerk, Flash and Hogan, 1985): a low pass of 0.05 to 0.1 s. Depth seen
through a screen is wrong by some millimetres at arm's length and by about 1 mm close up; what cannot be looked up are
the rates of lapses: they are set so that 30 to 60 % of the episodes hold a mistake, as in unfiltered teleoperation
data (ALOHA Unleashed, arXiv 2410.13126, and GR-RL, arXiv 2512.01801, describe, but do not count them).
"""

from dataclasses import dataclass, replace

import numpy as np

from lacelab.envs.exceptions import UnknownNameError


@dataclass(frozen=True)
class Operator:
    """Habits of one person.

    Attributes:
        name: as written into the dataset.
        pace: factor on the expert's speeds.
        care: further factor near contact.
        smoothing: time constant of the hand's acceleration [s].
        tremor: rms of each axis [m]; rotations tremble by the same over a lever of 50 mm.
        reaction: median dead time before a new step [s].
        hesitation: probability at each step; it lasts 0.5 to 2 s.
        eyelet_error: deviation of where the eyelet is seen, per axis [m].
        tip_error: deviation of where a tip in hand is seen [m].
        grasp_error: deviation of where a lying or offered aglet is seen [m].
        learning: factor on these errors after each attempt that failed.
        misaim: probability of aiming beside the eyelet altogether.
        bad_grasp: probability of grasping the lace behind the aglet.
        drop: probability of losing the lace while carrying, a quarter of it while pulling.
        fumble: probability of closing the receiving hand beside the tip.
        detour: probability of going somewhere else first, at each of three steps.
        patience: attempts started over, for each instruction, before the episode is given up.
        lay_spread: deviation of where a lace is laid down from the best place, per axis [m]; it is turned as well.
        resourceful: does another way what has failed, see `Expert.resourceful`.
        accident: probability of losing hold once while an instruction is followed, whatever is being done; nobody is told.
        pushes: rate at which a hand on its way is pushed aside by some centimetres [1/s].
    """

    name: str
    pace: float
    care: float
    smoothing: float
    tremor: float
    reaction: float
    hesitation: float
    eyelet_error: float
    tip_error: float
    grasp_error: float
    learning: float
    misaim: float
    bad_grasp: float
    drop: float
    fumble: float
    detour: float
    patience: int
    lay_spread: float = 0.0
    resourceful: bool = False
    accident: float = 0.0
    pushes: float = 0.0


OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator(
            "practised",
            pace=1.0,
            care=0.9,
            smoothing=0.05,
            tremor=0.00005,
            reaction=0.10,
            hesitation=0.04,
            eyelet_error=0.0004,
            tip_error=0.0003,
            grasp_error=0.0010,
            learning=0.6,
            misaim=0.13,
            bad_grasp=0.10,
            drop=0.06,
            fumble=0.11,
            detour=0.04,
            patience=2,
        ),
        Operator(
            "fast-sloppy",
            pace=1.15,
            care=0.95,
            smoothing=0.06,
            tremor=0.00008,
            reaction=0.08,
            hesitation=0.02,
            eyelet_error=0.0006,
            tip_error=0.0004,
            grasp_error=0.0016,
            learning=0.7,
            misaim=0.20,
            bad_grasp=0.14,
            drop=0.10,
            fumble=0.16,
            detour=0.03,
            patience=1,
        ),
        Operator(
            "slow-careful",
            pace=0.7,
            care=0.7,
            smoothing=0.08,
            tremor=0.00004,
            reaction=0.20,
            hesitation=0.10,
            eyelet_error=0.0004,
            tip_error=0.0003,
            grasp_error=0.0008,
            learning=0.5,
            misaim=0.11,
            bad_grasp=0.09,
            drop=0.05,
            fumble=0.11,
            detour=0.05,
            patience=2,
        ),
        Operator(
            "novice",
            pace=0.85,
            care=0.75,
            smoothing=0.09,
            tremor=0.00009,
            reaction=0.22,
            hesitation=0.10,
            eyelet_error=0.0005,
            tip_error=0.0004,
            grasp_error=0.0012,
            learning=0.7,
            misaim=0.15,
            bad_grasp=0.13,
            drop=0.05,
            fumble=0.10,
            detour=0.07,
            patience=1,
        ),
        Operator(
            "shaky-hands",
            pace=0.9,
            care=0.8,
            smoothing=0.06,
            tremor=0.00014,
            reaction=0.12,
            hesitation=0.04,
            eyelet_error=0.0005,
            tip_error=0.0004,
            grasp_error=0.0012,
            learning=0.6,
            misaim=0.11,
            bad_grasp=0.09,
            drop=0.09,
            fumble=0.15,
            detour=0.03,
            patience=1,
        ),
    )
}

_DRAWN = tuple(OPERATORS)
OPERATORS["rehearsed"] = replace(
    OPERATORS["practised"],
    name="rehearsed",
    tremor=0.00003,
    hesitation=0.0,
    eyelet_error=0.0002,
    tip_error=0.00015,
    grasp_error=0.0004,
    misaim=0.0,
    bad_grasp=0.0,
    drop=0.0,
    fumble=0.0,
    detour=0.0,
    lay_spread=0.008,
)
"""Somebody who makes no mistakes on purpose, asked for by name and never drawn: whole shoes go wrong often enough.

Laces are laid down here and there: who learns from it picks them up from wherever it has laid them itself.
"""

OPERATORS["unlucky"] = replace(
    OPERATORS["rehearsed"], name="unlucky", lay_spread=0.0, resourceful=True, accident=1.0, patience=5
)
"""Somebody who makes no mistakes but loses hold once with every instruction, asked for by name: shows the way back from anywhere."""

OPERATORS["versatile"] = replace(OPERATORS["unlucky"], name="versatile", lay_spread=0.02, accident=0.25)
"""Somebody who loses hold now and then and lays laces wherever there is room, asked for by name: shows whole shoes off the beaten track."""

OPERATORS["jostled"] = replace(OPERATORS["versatile"], name="jostled", accident=0.15, pushes=0.2, patience=1)
"""Somebody like that whose hands are pushed aside now and then, asked for by name: shows how to get back on track."""


def find_operator(name: str) -> Operator:
    """Return an operator by name.

    Raises:
        UnknownNameError: nobody is called so.
    """
    if name not in OPERATORS:
        raise UnknownNameError("operator", name, OPERATORS)
    return OPERATORS[name]


def draw_operator(generator: np.random.Generator) -> Operator:
    """Draw who demonstrates."""
    return OPERATORS[_DRAWN[int(generator.integers(len(_DRAWN)))]]
