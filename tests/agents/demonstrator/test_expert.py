"""The expert solves every task, tells what it is doing, and tries again."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from shared_worlds import make

from lacelab.agents.demonstrator.expert import Expert
from lacelab.agents.demonstrator.motion import Motion, Script
from lacelab.agents.demonstrator.skills import Skills
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.exceptions import WrongWorldError
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import SIDES, STAGES, Side


def _solve(
    env: LacingEnv, seed: int, options: dict[str, Any] | None = None
) -> tuple[Expert, dict[str, Any], list[str]]:
    """Run an episode; return the expert, the last info and the phases in their order."""
    env.reset(seed=seed, options=options)
    expert = Expert(env)
    expert.reset(seed)
    return expert, *_finish(env, expert)


def _finish(env: LacingEnv, expert: Expert) -> tuple[dict[str, Any], list[str]]:
    """Let an expert act to the end; return the last info and the phases in their order."""
    phases, over, info = [""], False, dict[str, Any]()
    while not over:
        _, _, terminated, truncated, info = env.step(expert.act({})[0])
        phases += [expert.phase] if expert.phase != phases[-1] else []
        over = terminated or truncated
    return info, phases[1:]


def _act_until(phase: str, env: LacingEnv) -> Expert:
    """Begin an episode; return the expert who is in a phase of it."""
    env.reset(seed=5001)
    expert = Expert(env)
    expert.reset(5001)
    while expert.phase != phase:
        env.step(expert.act({})[0])
    return expert


@pytest.mark.parametrize(("task", "stages"), [("PickLace", 1), ("InsertAglet", 2), ("ThreadEyelet", 5)])
@pytest.mark.parametrize("mirror", [False, True])
def test_solves_a_task(task: str, stages: int, mirror: bool) -> None:
    expert, info, phases = _solve(make(task), 5000, {"mirror": mirror})
    assert info["is_success"] and info["max_stage"] == stages
    assert expert.retries == len(expert.retry_marks) == 0
    assert list(info["stages"]) == list(STAGES)
    if task == "ThreadEyelet":
        order = [
            "approach",
            "descend",
            "grasp",
            "lift",
            "carry",
            "align",
            "insert",
            "reach",
            "take",
            "pull",
            "put down",
        ]
        assert [phase for phase in phases if phase in order] == order


@pytest.mark.slow
def test_brings_a_lace_from_the_other_side() -> None:
    env = make("ThreadEyelet", difficulty="hard")
    seed = next(seed for seed in range(5000, 5100) if _lies_on_the_far_side(env, seed))
    _, info, phases = _solve(env, seed)
    assert "present" in phases and info["is_success"]


def _lies_on_the_far_side(env: LacingEnv, seed: int) -> bool:
    observation, _ = env.reset(seed=seed)
    lace = env.goal.lace
    return bool(observation["aglet_position"][lace.index, 1] * lace.sign < 0)


@pytest.mark.slow
def test_picks_up_again_what_was_knocked_out_of_its_hand() -> None:
    env = make()
    expert = _act_until("carry", env)
    hand, action = env.goal.inserting_hand, np.zeros(14, np.float32)
    action[7 * hand.index + 6] = 1.0  # Somebody opens the hand.
    for _ in range(6):
        env.step(action)
    info, _ = _finish(env, expert)
    assert info["is_success"]
    times, phases = zip(*expert.retry_marks, strict=True)
    assert expert.retries >= 1 and phases[0] == "carry" and list(times) == sorted(times)


@pytest.mark.slow
def test_takes_over_a_lace_that_hangs_in_an_eyelet() -> None:
    env = make()
    expert = _act_until("reach", env)
    action = np.zeros(14, np.float32)
    action[[6, 13]] = 1.0  # Both hands open, and rise.
    action[[2, 9]] = 0.5
    for _ in range(30):
        env.step(action)
    motion = Motion(env)
    skills = Skills(env, motion)
    goal = env.goal
    assert isinstance(goal, EyeletGoal)
    assert skills.sees.sticks_in(goal) and not any(skills.sees.holds(hand, goal.lace) for hand in SIDES)
    expert.take_over(motion, skills)
    info, phases = _finish(env, expert)
    assert info["is_success"]
    assert "lift" not in phases and phases.count("take") >= 2  # not picked anew: held, and taken


def test_does_the_same_again_after_another_episode() -> None:
    env = make("PickLace")
    _, first, _ = _solve(env, 5003)
    _solve(env, 5004)
    assert _solve(env, 5003)[1]["time"] == first["time"]


def test_needs_the_simulator() -> None:
    env = gymnasium.make("CartPole-v1")
    with pytest.raises(WrongWorldError, match="CartPoleEnv.* does not have. Valid: lacelab/PickLace-v0, "):
        Expert(env)


class Hands:
    """Skills that find a lace or miss it, one after the other, and what was asked of them."""

    def __init__(self, picks: str) -> None:
        self._picks = iter(picks)
        self.asked = ""
        self.held: list[tuple[float, float]] = []
        self.sees = self

    def hangs(self, lace: Side) -> bool:
        return False

    def holds(self, hand: Side, lace: Side) -> bool:
        return False

    def take(self, hand: Side, lace: Side, at_tip: bool) -> Script:
        yield from ()
        self.asked += "air "
        return next(self._picks) == "+"

    def pick(self, hand: Side, lace: Side, forward: bool) -> Script:
        yield from ()
        self.asked += "back " if forward else "tip "
        return next(self._picks) == "+"

    def put_down(self, hand: Side, goal: EyeletGoal) -> Script:
        yield from ()
        self.asked += "down "
        return True

    def gather(self, hand: Side, lace: Side, distance: float, turn: float) -> Script:
        yield from ()
        self.asked += "lace "
        self.held.append((distance, turn))
        return next(self._picks) == "+"


@pytest.mark.parametrize(
    ("picks", "attempts", "asked"),
    [
        ("--+--+", 6, "tip tip tip tip tip tip "),
        ("---++-", 5, "tip tip tip back down tip tip "),  # laid down, picked up, and missed once
        ("-----", 4, "tip tip tip back tip "),  # missed at its other end, too
    ],
)
def test_what_is_missed_again_and_again_is_laid_elsewhere(picks: str, attempts: int, asked: str) -> None:
    hands, expert = Hands(picks), Expert(make("PickLace"))
    for _ in range(attempts):
        assert not list(expert._pick(Side.LEFT, EyeletGoal(Side.LEFT, Side.LEFT, 0), hands, forward=False))  # type: ignore[arg-type]
    assert hands.asked == asked


def test_a_lace_is_not_turned_round_for_a_hand_that_wants_its_back() -> None:
    hands, expert = Hands("-----"), Expert(make("PickLace"))
    for _ in range(5):
        list(expert._pick(Side.LEFT, EyeletGoal(Side.LEFT, Side.LEFT, 0), hands, forward=True))  # type: ignore[arg-type]
    assert hands.asked == "back " * 5


@pytest.mark.parametrize(
    ("picks", "attempts", "asked"),
    [
        ("---+-", 3, "tip tip lace lace down tip "),  # missed twice; its lace is had at the second grasp
        ("-------", 3, "tip tip lace lace lace lace tip "),
        ("--++-", 4, "tip tip lace down tip tip "),
    ],
)
def test_the_resourceful_take_hold_of_the_lace_where_its_aglet_is_not_to_be_had(
    picks: str, attempts: int, asked: str
) -> None:
    asked_twice, env = [], make("PickLace")
    env.reset(seed=0)
    for _ in range(2):
        hands, expert = Hands(picks), Expert(env)
        expert.reset(7)
        expert.resourceful = True
        for _ in range(attempts):
            list(expert._pick(Side.LEFT, EyeletGoal(Side.LEFT, Side.LEFT, 0), hands, forward=False))  # type: ignore[arg-type]
        assert hands.asked == asked
        assert all(0.01 <= distance <= 0.08 and abs(turn) <= np.pi / 4 for distance, turn in hands.held)
        asked_twice.append(hands.held)
    assert asked_twice[0] == asked_twice[1]  # drawn from the seed


@pytest.mark.parametrize(("resourceful", "last"), [(True, "lace down "), (False, "")])
def test_the_resourceful_pull_back_a_tip_that_cannot_be_taken_twice(resourceful: bool, last: str) -> None:
    env = make("PickLace")
    env.reset(seed=0)
    hands, expert = Hands("-" * 12 + "+"), Expert(env)
    expert.reset(7)
    expert.resourceful = resourceful
    for _ in range(2):  # each hand tries three times
        list(expert._hand_through(EyeletGoal(Side.LEFT, Side.LEFT, 0), hands))  # type: ignore[arg-type]
    assert hands.asked == "air " * 12 + last


@pytest.mark.parametrize("hand", SIDES)
def test_takes_hold_of_a_lace_and_lays_it_down(hand: Side) -> None:
    env = make()
    env.reset(seed=5001)
    motion = Motion(env)
    skills = Skills(env, motion)
    for action in skills.gather(hand, hand, 0.05, 0.3):
        env.step(action.astype(np.float32))
    assert skills.sees.holds(hand, hand) and skills.sees.aglet(hand).back[2] > TABLE_HEIGHT + 0.05
    for action in skills.put_down(hand, EyeletGoal(hand, hand, 0)):
        env.step(action.astype(np.float32))
    assert not skills.sees.holds(hand, hand) and not skills.sees.hangs(hand)


@pytest.mark.slow
def test_rests_nowhere_when_it_lays_a_lace_at_the_heel() -> None:
    env = make("LaceShoe")
    expert = _act_until("put down", env)
    start = env.time
    while expert.phase == "put down":
        env.step(expert.act({})[0])
    assert expert.phase == "release" and env.time - start < 3.0
