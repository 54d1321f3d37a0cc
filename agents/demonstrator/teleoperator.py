"""A fallible teacher: the scripted expert in the hands of a person, with mistakes that are known.

The expert's script decides what to do; the operator's senses tell it where things are, the hand turns its actions into
human ones, and between two of its ticks the operator may pause, wander or lose the lace. The expert then starts over
from what it finds: recovery is its own. Everything random follows from the episode's seed.
"""

from collections import Counter, deque
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from lacelab.envs.goals import EyeletGoal
from lacelab.envs.spec import CONTROL_PERIOD, SIDES, Side

from .accident import Accident
from .expert import Expert
from .flaws import Flaw
from .hand import Hand
from .lapses import lay_back, pause, slip, stray, wander
from .motion import Motion, Script
from .operators import Operator, draw_operator
from .senses import FallibleSenses
from .simulator import simulator_of
from .skills import Skills

_STREAM = 0x7465_6C65  # keeps the operator independent of an environment seeded alike
_NEAR = ("descend", "grasp", "align", "insert", "take", "back off")  # phases near contact
_STEPS = ("approach", "carry", "align", "reach", "pull", "put down")  # phases that are decided upon
_DETOURS = ("approach", "carry", "put down")
_ON_THE_WAY = ("approach", "carry", "present", "put down")  # phases in which a hand pushed aside spoils nothing
_HESITATION = (0.5, 2.0)  # s
_DETOUR = (0.03, 0.08)  # m
_NOTICED = (0.05, 0.35)  # s into a phase: over the mat still, where the lace can be picked up again
_REACTION_SPREAD = 0.35  # of the logarithm


class Teleoperator:
    """Policy of one person, or of a person drawn from each episode's seed."""

    def __init__(self, env: gymnasium.Env[Any, Any], operator: Operator | None = None) -> None:
        self._env = simulator_of(env)
        self._fixed = operator
        self._expert = Expert(env)

    @property
    def phase(self) -> str:
        """What the operator is doing."""
        return self._expert.phase

    @property
    def retries(self) -> int:
        """How often something had to be done again."""
        return self._expert.retries

    @property
    def retry_marks(self) -> list[tuple[float, str]]:
        """Times [s] at which the operator started over, and what was being done."""
        return self._expert.retry_marks

    @property
    def patience(self) -> int:
        """How often the operator starts over before this episode is given up; who laces a whole shoe has patience for each eyelet."""
        return self.operator.patience * len(self._env.judge.goals)

    @property
    def gave_up(self) -> bool:
        """Whether the operator has had enough of this episode."""
        return self.retries > self.patience

    def reset(self, seed: int) -> None:
        """Begin an episode that has just been reset; the operator follows from the seed."""
        streams = np.random.SeedSequence((seed, _STREAM)).spawn(4)
        person, habits, eyes, hand = (np.random.default_rng(stream) for stream in streams)
        self.operator = self._fixed or draw_operator(person)
        self._habits = habits
        self._hand = Hand(self.operator, hand)
        self._senses = FallibleSenses(self.operator, eyes)
        self._expert.reset(seed)
        self._expert.resourceful = self.operator.resourceful
        self._expect_accident()
        self._begin()
        self._expert.begin(self._motion, self._skills)

    def take_over(self) -> None:
        """Go on from what somebody else has left."""
        self._hand.rest()
        self._begin()
        self._expert.take_over(self._motion, self._skills)

    def _expect_accident(self) -> None:
        """Draw the accident of the instruction that is followed from now on."""
        self._asked = self._env.goal
        self.accident = Accident(self.operator.accident, self._habits)

    def _begin(self) -> None:
        self._motion = Motion(self._env, pace=self.operator.pace)
        self._skills = Skills(self._env, self._motion, self._senses)
        self._interludes: deque[tuple[Flaw, Script]] = deque()
        self._alarm: tuple[int, Flaw] | None = None
        self._failures: Counter[str] = Counter()
        self._last_phase = ""
        self._held_badly = False
        self.lapse = Flaw.NONE

    def act(self, observation: Any, noise: Any = None) -> NDArray[np.float32]:
        """Return a chunk of one action (1, 14)."""
        del noise
        if self._env.goal != self._asked:
            self._expect_accident()
        self._watch_alarm()
        action = self._interlude()
        if action is None:
            action = self._expert.act(observation)[0].astype(np.float64)
            if self.phase != self._last_phase:
                action = self._enter(self.phase, action)
            else:
                self._push_aside()
        spoilt = self.accident.spoil(self._hand.shape(action).astype(np.float32), self.holding())
        if self.accident.happening:
            self.lapse = Flaw.DROP
        return spoilt[None]

    def _interlude(self) -> NDArray[np.float64] | None:
        """Return the next action between the expert's steps, if there is one."""
        while self._interludes:
            self.lapse, script = self._interludes[0]
            action = next(script, None)
            if action is not None:
                return action
            self._interludes.popleft()
        self.lapse = Flaw.NONE
        return None

    def _enter(self, phase: str, action: NDArray[np.float64]) -> NDArray[np.float64]:
        """Begin with a phase: look, and perhaps pause or go astray; return the action of this tick."""
        self._failures[self._last_phase if phase in ("back off", "let go", "recover") else ""] += 1
        self._last_phase, self._alarm = phase, None
        self._motion.pace = self.operator.pace * (self.operator.care if phase in _NEAR else 1.0)
        self._look(phase)
        if phase in _STEPS:
            self._dither(phase)
        first = self._interlude()
        return action if first is None else first

    def _look(self, phase: str) -> None:
        """Perceive what the phase is about, and draw the mistakes that it can hold."""
        operator, senses = self.operator, self._senses
        if phase == "approach":
            self._held_badly = self._lapses(operator.bad_grasp, "carry")
            senses.look_at_lying_aglet(self._failures["lift"], self._held_badly)
        elif phase == "carry":
            senses.look_at_held_tip()
            senses.look_at_eyelet(self._failures["insert"], self._lapses(operator.misaim, "insert"))
            self._foresee(Flaw.BAD_GRASP if self._held_badly else Flaw.DROP, operator.drop)
        elif phase == "reach":
            senses.look_at_offered_tip(self._failures["take"], self._lapses(operator.fumble, "take"))
        elif phase == "pull":
            self._foresee(Flaw.DROP, operator.drop / 4)

    def _foresee(self, flaw: Flaw, probability: float) -> None:
        """Set an alarm at which the lace is lost or let go."""
        if flaw is Flaw.BAD_GRASP or self._lapses(probability, "drop"):
            self._failures["drop"] += 1
            self._alarm = (self._ticks(*_NOTICED), flaw)

    def _watch_alarm(self) -> None:
        if self._alarm is None or self._interludes:
            return
        ticks, flaw = self._alarm
        self._alarm = (ticks - 1, flaw) if ticks else None
        hand = self._holding_hand()
        if ticks == 0 and hand is not None:
            script = lay_back if flaw is Flaw.BAD_GRASP else slip
            self._interludes.append((flaw, self._notice(script(self._motion, hand))))

    def _notice(self, lapse: Script) -> Script:
        """See what has gone wrong after a moment, and start over."""
        yield from lapse
        yield from pause(self._motion, self._reaction())
        self._expert.start_over(self._motion, self._skills)
        return True

    def _dither(self, phase: str) -> None:
        """React after a moment; now and then hesitate, or go somewhere else first."""
        self._interludes.append((Flaw.NONE, pause(self._motion, self._reaction())))
        if self._happens(self.operator.hesitation):
            seconds = self._habits.uniform(*_HESITATION)
            self._interludes.append((Flaw.HESITATION, pause(self._motion, seconds)))
        if phase in _DETOURS and self._happens(self.operator.detour):
            self._interludes.append((Flaw.DETOUR, wander(self._motion, self._busy_hand(phase), self._aside())))

    def _push_aside(self) -> None:
        """Push one hand aside in mid-movement, now and then: noise is injected, after DART (Laskey et al., 2017, arXiv 1703.09327)."""
        rate, lace = self.operator.pushes, self._env.goal.lace
        if rate and self.phase in _ON_THE_WAY and self._happens(rate * CONTROL_PERIOD):
            hand = SIDES[int(self._habits.integers(len(SIDES)))]
            script = stray(self._motion, hand, self._aside(), until=lambda: self._skills.sees.taut(lace))
            self._interludes.append((Flaw.PUSH, script))

    def _reaction(self) -> float:
        return float(self.operator.reaction * np.exp(self._habits.normal(0.0, _REACTION_SPREAD)))

    def _aside(self) -> NDArray[np.float64]:
        """Draw a way that leads nowhere: level or upwards."""
        angle, length = self._habits.uniform(0.0, 2 * np.pi), self._habits.uniform(*_DETOUR)
        return length * np.array([np.cos(angle), np.sin(angle), self._habits.uniform(0.2, 0.6)])

    def _busy_hand(self, phase: str) -> Side:
        goal = self._env.goal
        receiving = phase == "put down" and isinstance(goal, EyeletGoal)
        return goal.lace.other if receiving else goal.lace

    def holding(self) -> list[Side]:
        """Return the hands that hold the lace that is asked for."""
        return [side for side in SIDES if self._skills.sees.holds(side, self._env.goal.lace)]

    def _holding_hand(self) -> Side | None:
        holding = self.holding()
        return holding[0] if len(holding) == 1 else None

    def _happens(self, probability: float) -> bool:
        return bool(self._habits.random() < probability)

    def _lapses(self, probability: float, step: str) -> bool:
        """Draw a mistake; who has just failed at a step takes more care."""
        return self._happens(probability * self.operator.learning ** self._failures[step])

    def _ticks(self, low: float, high: float) -> int:
        return round(self._habits.uniform(low, high) / CONTROL_PERIOD)
