"""The stage of a real robot: a person lays out the scene, starts every trial and says how it ended."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol, runtime_checkable

import numpy as np

from lacelab.envs import episode as episodes
from lacelab.envs import language
from lacelab.envs.checks import parse_goal
from lacelab.envs.tasks import find_task

from .clock import Clock
from .robot import Look


@runtime_checkable
class Labelling(Protocol):
    """A stage that is asked at the end of an episode whether it was a success."""

    def label(self) -> bool:
        """Return whether the task was done."""
        ...


class OperatorStage:
    """A `robot.Stage` that talks to a person; the person is never told which policy is running."""

    def __init__(self, clock: Clock, ask: Callable[[str], str] = input) -> None:
        """Ask through a function that shows a text and returns the answer."""
        self._clock, self._ask = clock, ask
        self._info: dict[str, Any] = {}
        self._number = 0

    def reset(self, task: str, difficulty: str, seed: int, options: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for the scene that the seed draws, and wait until it is there."""
        text = options.get("instruction")
        goal = parse_goal(task, text) if text is not None else None
        parameters = find_task(task)
        drawn = episodes.sample(difficulty, seed, parameters.lace_length, goal, parameters.starts_in_hand)
        drawn = drawn.mirrored() if options.get("mirror") else drawn
        sentence = language.instruction(task, parameters.goals(drawn.goal)[0])
        shoe, x, y = drawn.placement, *drawn.placement.shoe_position
        tips = [f"{1e3 * line[-1][0]:.0f}, {1e3 * line[-1][1]:.0f}" for line in drawn.placement.lace_points]
        layout = (
            f"Task: {sentence}. Put the shoe's middle at x {1e3 * x:.0f}, y {1e3 * y:.0f} mm, turned by "
            f"{np.degrees(shoe.shoe_heading):.0f} degrees; the ends of the laces at {tips[0]} (left) and {tips[1]} (right)."
        )
        self._ask(f"{layout}\nStand clear, then press Enter.")
        self._info = {"instruction": sentence, "current_subinstruction": sentence}
        return {**self._info, "goal": asdict(drawn.goal)}

    def look(self) -> Look:
        """Return what the person has said; a camera sees the rest."""
        self._number += 1
        now = self._clock.now()
        return Look(now, now, self._number, {}, self._info)

    def label(self) -> bool:
        """Ask whether the task was done."""
        while (answer := self._ask("Was it done, without touching? [y/n] ").strip().lower()) not in ("y", "n"):
            pass
        return answer == "y"
