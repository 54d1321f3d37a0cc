"""The scripted expert: full state, closed loop, retries after misses and drops."""

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from lacelab.envs.goals import EyeletGoal, Goal, PickGoal
from lacelab.envs.spec import ACTION_SIZE, SIDES, Side

from .lapses import lay_back
from .motion import CLOSED, OPEN, Motion, Script
from .simulator import simulator_of
from .skills import Skills

_PULL = 0.115  # m of lace pulled through an eyelet
_LONG_PULL = 0.25  # m, where the lace has to cross the shoe again afterwards
_INSERTIONS = 3  # attempts before the lace is picked anew
_MISSES = 3  # in a row, after which a lace is laid elsewhere first
_BEHIND = (0.01, 0.08)  # m behind an aglet that cannot be had: where its lace is taken hold of instead
_GRASPS = 4  # attempts at that
_TURN = np.radians(45.0)  # of the hand that does, either way at most
_STREAM = 0x6578_7065  # keeps what an expert draws apart from what others draw from the same seed


class Expert:
    """Policy that solves every task from the simulator's full state."""

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        self._env = simulator_of(env)
        self._script: Script | None = None
        self._skills: Skills | None = None
        self._misses = self._untaken = 0
        self.resourceful = False
        """Whether what has failed is done another way: what is held badly is laid down first, what hangs is taken as it hangs,
        and where an aglet cannot be had its lace is taken hold of somewhere behind it and laid elsewhere."""
        self.retries = 0
        self.retry_marks: list[tuple[float, str]] = []

    @property
    def phase(self) -> str:
        """What the expert is doing."""
        return self._skills.phase if self._skills else "idle"

    def reset(self, seed: int) -> None:
        """Forget the last episode; all that is drawn from the seed is where else the resourceful take hold."""
        self._generator = np.random.default_rng((seed, _STREAM))
        self._script = None
        self._misses = self._untaken = 0
        self.retries = 0
        self.retry_marks = []

    def act(self, observation: Any, noise: Any = None) -> NDArray[np.float32]:
        """Return a chunk of one action (1, 14)."""
        del observation, noise
        if self._script is None:
            motion = Motion(self._env)
            self.begin(motion, Skills(self._env, motion))
        assert self._script is not None
        action = next(self._script, np.zeros(ACTION_SIZE))
        return np.clip(action, -1.0, 1.0).astype(np.float32)[None]

    def begin(self, motion: Motion, skills: Skills) -> None:
        """Solve the episode from here on with the given hands and eyes."""
        self._skills = skills
        self._script = self._run(motion, skills)

    def start_over(self, motion: Motion, skills: Skills) -> None:
        """Recover, then solve the episode from there on."""
        self._skills = skills
        self._script = self._after(self._recover, motion, skills)

    def take_over(self, motion: Motion, skills: Skills) -> None:
        """Solve the episode from what somebody else has left: hands that hold nothing of use get out of the way."""
        self._skills = skills
        self._script = self._after(self._clear_away, motion, skills)

    def _after(self, first: Callable[[Motion, Skills], Script], motion: Motion, skills: Skills) -> Script:
        self._keep_hold(motion, skills)
        yield from first(motion, skills)
        return (yield from self._run(motion, skills))

    def _keep_hold(self, motion: Motion, skills: Skills) -> None:
        for hand in SIDES:
            if any(skills.sees.holds(hand, lace) for lace in SIDES):
                motion.grip[hand] = CLOSED

    def _run(self, motion: Motion, skills: Skills) -> Script:
        self._keep_hold(motion, skills)
        while True:
            goal = self._env.goal
            solved = yield from self._solve(goal, motion, skills)
            if not solved:
                yield from self._recover(motion, skills)
                if self.resourceful and isinstance(goal, EyeletGoal):
                    yield from self._lay_down(goal, skills)
            elif self._env.goal == goal:
                skills.phase = "done"
                yield from motion.wait(0.1)

    def _solve(self, goal: Goal, motion: Motion, skills: Skills) -> Script:
        if isinstance(goal, PickGoal):
            return (yield from self._pick_up(goal.lace, skills))
        assert isinstance(goal, EyeletGoal)
        return (yield from self._thread(goal, motion, skills))

    def _pick_up(self, lace: Side, skills: Skills) -> Script:
        if any(skills.sees.holds(hand, lace) for hand in SIDES):
            return True
        hand = self._near_hand(lace, skills)
        return (yield from skills.pick(hand, lace, forward=hand is lace))

    def _thread(self, goal: EyeletGoal, motion: Motion, skills: Skills) -> Script:
        """Do whatever comes next until the lace is through and put down; False after a drop."""
        giver, taker, lace = goal.inserting_hand, goal.receiving_hand, goal.lace
        threaded = skills.sees.net(goal) == goal.direction
        if threaded and skills.sees.holds(taker, lace):
            if skills.sees.holds(giver, lace):
                yield from skills.release(giver)
            crosses_again = self._env.task.name == "LaceShoe" and goal.direction < 0
            length = _LONG_PULL if crosses_again else _PULL
            if skills.sees.through(goal) < 0.075 and not (yield from skills.pull(taker, goal, length)):
                return False
            return (yield from skills.put_down(taker, goal))
        if threaded and (skills.sees.holds(giver, lace) or skills.sees.sticks_in(goal)):
            taken = yield from self._hand_through(goal, skills)
            return taken and (yield from self._thread(goal, motion, skills))
        if threaded:
            picked = yield from self._pick(taker, goal, skills, forward=False)
            return picked and (yield from self._thread(goal, motion, skills))
        if not (yield from self._bring(goal, skills)):
            return False
        inserted = yield from self._push_through(goal, skills)
        return inserted and (yield from self._thread(goal, motion, skills))

    def _hand_through(self, goal: EyeletGoal, skills: Skills) -> Script:
        """Have the receiving hand take a tip that looks out of the eyelet, far enough or not, held or not."""
        giver, taker, lace = goal.inserting_hand, goal.receiving_hand, goal.lace
        if not skills.sees.holds(giver, lace):
            yield from self._retrying(lambda: skills.take(giver, lace, at_tip=False))
        if skills.sees.holds(giver, lace) and not skills.is_far_enough(goal):
            yield from skills.push(giver, goal)
        if (yield from self._retrying(lambda: skills.take(taker, lace, at_tip=True))):
            self._untaken = 0
            return True
        if skills.sees.holds(giver, lace):
            yield from skills.back_off(giver, goal)
        elif self.resourceful and self._untaken:
            yield from self._lay_elsewhere(giver, goal, skills)
        self._untaken += 1
        return False

    def _bring(self, goal: EyeletGoal, skills: Skills) -> Script:
        """Get the aglet into the inserting hand alone, through the other hand where it is there or lies on that side."""
        giver, taker, lace = goal.inserting_hand, goal.receiving_hand, goal.lace
        if skills.sees.holds(giver, lace):
            if skills.sees.holds(taker, lace):
                yield from skills.release(taker)
            return skills.sees.holds(giver, lace)
        if not skills.sees.holds(taker, lace):
            if self._near_hand(lace, skills) is giver:
                return (yield from self._pick(giver, goal, skills, forward=True))
            if not (yield from self._pick(taker, goal, skills, forward=False)):
                return False
        yield from skills.present(taker, lace)
        if not (yield from self._retrying(lambda: skills.take(giver, lace, at_tip=False))):
            return False
        yield from skills.release(taker)
        return skills.sees.holds(giver, lace)

    def _pick(self, hand: Side, goal: EyeletGoal, skills: Skills, forward: bool) -> Script:
        """Pick a lace up; what is missed again and again is first laid where hands reach well."""
        if self.resourceful and self._misses > 1:
            yield from self._lay_elsewhere(hand, goal, skills)
        elif not forward and self._misses >= _MISSES and (yield from skills.pick(hand, goal.lace, forward=True)):
            yield from skills.put_down(hand, goal)
        if self.resourceful and self._misses and skills.sees.hangs(goal.lace):
            picked = yield from skills.take(hand, goal.lace, at_tip=not forward)
        else:
            picked = yield from skills.pick(hand, goal.lace, forward)
        self._misses = 0 if picked else self._misses + 1
        return picked

    def _lay_elsewhere(self, hand: Side, goal: EyeletGoal, skills: Skills) -> Script:
        """Take hold of a lace somewhere behind its aglet, and lay it where hands reach well."""
        for _ in range(_GRASPS):
            distance, turn = self._generator.uniform(*_BEHIND), self._generator.uniform(-_TURN, _TURN)
            if (yield from skills.gather(hand, goal.lace, distance, turn)):
                return (yield from skills.put_down(hand, goal))
            self._mark_retry()
        return False

    def _push_through(self, goal: EyeletGoal, skills: Skills) -> Script:
        hand = goal.inserting_hand
        for attempt in range(_INSERTIONS):
            if attempt:
                self._mark_retry()
                yield from skills.back_off(hand, goal)
            if not (yield from skills.carry(hand, goal)):
                return False
            if (yield from skills.insert(hand, goal)):
                return True
        return False

    def _retrying(self, skill: Any, attempts: int = 3) -> Script:
        for attempt in range(attempts):
            if attempt:
                self._mark_retry()
            if (yield from skill()):
                return True
        return False

    def _recover(self, motion: Motion, skills: Skills) -> Script:
        """After a drop: open both hands, go home, let the lace come to rest."""
        self._mark_retry()
        skills.phase = "recover"
        if any(skills.sees.holds(side, self._env.goal.lace) for side in SIDES):
            return True
        for side in SIDES:
            motion.grip[side] = 0.6
        yield from motion.wait(0.2)
        for side in SIDES:
            skills.send_home(side)
        for _ in range(60):
            yield from motion.wait(0.05)
            if not any(motion.background.values()):
                break
        return True

    def _lay_down(self, goal: EyeletGoal, skills: Skills) -> Script:
        """Lay down what is still held after all attempts have failed: it is held badly."""
        for hand in SIDES:
            if skills.sees.holds(hand, goal.lace):
                yield from skills.put_down(hand, goal)
        return True

    def _clear_away(self, motion: Motion, skills: Skills) -> Script:
        """Send home what does not hold the lace that is asked for; another lace is let go a little lower."""
        skills.phase = "recover"
        lace = self._env.goal.lace
        for hand in SIDES:
            if skills.sees.holds(hand, lace.other):
                yield from lay_back(motion, hand)
            if not skills.sees.holds(hand, lace):
                motion.grip[hand] = OPEN
                skills.send_home(hand)
        return True

    def _near_hand(self, lace: Side, skills: Skills) -> Side:
        y = skills.sees.aglet(lace).back[1]
        return Side.LEFT if y > 0 else Side.RIGHT

    def _mark_retry(self) -> None:
        self.retries += 1
        self.retry_marks.append((self._env.time, self.phase))
