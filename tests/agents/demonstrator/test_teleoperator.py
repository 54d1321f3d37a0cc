"""Operators are fallible, and the same for the same seed."""

from dataclasses import replace

import numpy as np
import pytest

from lacelab.agents.demonstrator.flaws import Flaw
from lacelab.agents.demonstrator.hand import Hand
from lacelab.agents.demonstrator.operators import OPERATORS, Operator, draw_operator, find_operator
from lacelab.agents.demonstrator.perception import Aglet
from lacelab.agents.demonstrator.senses import FallibleSenses
from lacelab.agents.demonstrator.teleoperator import Teleoperator
from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.lacing_env import LacingEnv
from lacelab.envs.spec import CONTROL_PERIOD, Side

STEADY = replace(OPERATORS["practised"], tremor=0.0, eyelet_error=0.0, tip_error=0.0, grasp_error=0.0)
GOAL = EyeletGoal(Side.LEFT, Side.LEFT, 0)


@pytest.fixture(scope="module")
def env() -> LacingEnv:
    return LacingEnv("ThreadEyelet")


def _actions(env: LacingEnv, seed: int, ticks: int) -> np.ndarray:
    observation, _ = env.reset(seed=seed)
    teleoperator = Teleoperator(env)
    teleoperator.reset(seed)
    actions = []
    for _ in range(ticks):
        actions.append(teleoperator.act(observation)[0])
        observation, *_ = env.step(actions[-1])
    return np.array(actions)


def test_actions_follow_from_the_seed(env: LacingEnv) -> None:
    first, other, again = (_actions(env, seed, 30) for seed in (7, 8, 7))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.abs(first).max() <= 1.0 and first.dtype == np.float32


def test_names() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown operator 'novise'. Did you mean 'novice'\?"):
        find_operator("novise")
    drawn = {draw_operator(np.random.default_rng(seed)).name for seed in range(50)}
    assert drawn == set(OPERATORS) - {"rehearsed", "unlucky", "versatile", "jostled"}


def test_a_hand_accelerates_slowly_and_comes_to_rest() -> None:
    hand = Hand(STEADY, np.random.default_rng(0))
    wanted = np.full(14, 0.5)
    moves = np.array([hand.shape(wanted) for _ in range(8)])
    assert (np.diff(moves[:6, 0]) > 0).all() and moves[-1, 0] == pytest.approx(0.5, abs=0.01)
    assert (moves[:, [6, 13]] == 0.5).all()
    rest = [hand.shape(np.zeros(14))[0] for _ in range(6)]
    assert abs(rest[-1]) < 1e-3


def test_tremor_has_its_size_and_does_not_drift() -> None:
    operator = replace(STEADY, tremor=1e-4)
    hand = Hand(operator, np.random.default_rng(1))
    path = np.cumsum([hand.shape(np.zeros(14))[:3] for _ in range(4000)], axis=0) * 0.0125
    assert path.std() == pytest.approx(1e-4, rel=0.2)
    assert np.abs(path).max() < 1e-3


def test_errors_stay_until_the_next_look() -> None:
    operator = replace(STEADY, eyelet_error=1e-3, learning=0.5)
    senses = FallibleSenses(operator, np.random.default_rng(2))
    axis = np.array([0.0, -1.0, 0.0])
    assert np.array_equal(senses.eyelet(GOAL, np.zeros(3), axis)[0], np.zeros(3))
    senses.look_at_eyelet(0, badly=True)
    first, again = (senses.eyelet(GOAL, np.zeros(3), axis)[0] for _ in range(2))
    assert np.array_equal(first, again) and np.hypot(first[0], first[2]) > 0.003


def test_who_fails_looks_closer() -> None:
    senses = FallibleSenses(OPERATORS["novice"], np.random.default_rng(3))
    aglet = Aglet(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.024, 0.0, 0.0]))

    def spread(failures: int) -> float:
        found = []
        for _ in range(300):
            senses.look_at_lying_aglet(failures, badly=False)
            found.append(senses.aglet(Side.LEFT, aglet).back[:2])
        return float(np.std(found))

    assert spread(3) < 0.5 * spread(0)


def test_only_who_rehearses_lays_laces_here_and_there() -> None:
    generator = np.random.default_rng(0)
    drawn = [FallibleSenses(OPERATORS["rehearsed"], generator).laying() for _ in range(400)]
    beside, turns = np.array([offset for offset, _ in drawn]), np.array([turn for _, turn in drawn])
    assert beside.std(axis=0) == pytest.approx(0.007, rel=0.1) and turns.std() == pytest.approx(0.106, rel=0.1)
    assert np.abs(beside).max() == pytest.approx(0.016) and abs(turns.mean()) < 0.02
    before = generator.bit_generator.state
    offset, turn = FallibleSenses(OPERATORS["novice"], generator).laying()
    assert not offset.any() and turn == 0.0 and generator.bit_generator.state == before


def test_bad_grasps_are_behind_the_aglet() -> None:
    senses = FallibleSenses(STEADY, np.random.default_rng(4))
    aglet = Aglet(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.024, 0.0, 0.0]))
    senses.look_at_lying_aglet(0, badly=True)
    assert senses.aglet(Side.LEFT, aglet).back[0] < -0.005


@pytest.mark.parametrize(("task", "instructions"), [("ThreadEyelet", 1), ("LaceShoe", 6)])
def test_patience_is_for_every_instruction(task: str, instructions: int) -> None:
    env = LacingEnv(task)
    env.reset(seed=0)
    teleoperator = Teleoperator(env, replace(STEADY, patience=2))
    teleoperator.reset(0)
    enough = []
    for retries in (2 * instructions, 2 * instructions + 1):
        teleoperator._expert.retries = retries
        enough.append(teleoperator.gave_up)
    assert enough == [False, True]


def _episode(env: LacingEnv, operator: Operator, seed: int) -> tuple[Teleoperator, list[Flaw], bool]:
    """Return who solved an episode, what went wrong in every tick, and whether it succeeded."""
    observation, info = env.reset(seed=seed)
    teleoperator, lapses, over = Teleoperator(env, operator), [], False
    teleoperator.reset(seed)
    while not over:
        observation, _, terminated, truncated, info = env.step(teleoperator.act(observation)[0])
        lapses.append(teleoperator.lapse)
        over = terminated or truncated
    return teleoperator, lapses, info["is_success"]


@pytest.mark.slow
def test_a_lost_lace_is_picked_up_again(env: LacingEnv) -> None:
    operator = replace(STEADY, drop=1.0, learning=0.0, bad_grasp=0.0, misaim=0.0, fumble=0.0, detour=0.0)
    teleoperator, _, success = _episode(env, operator, 1_000_000_000)
    assert success and teleoperator.retry_marks[0][1] == "carry"


@pytest.mark.slow
def test_an_accident_happens_once_and_is_noticed(env: LacingEnv) -> None:
    teleoperator, lapses, success = _episode(env, OPERATORS["unlucky"], 1_000_000_002)
    lost = np.flatnonzero(np.array(lapses) == Flaw.DROP)
    assert success and np.array_equal(lost, lost[0] + np.arange(8))  # 0.4 s
    assert teleoperator.retry_marks[0][0] > (lost[0] + 1) * CONTROL_PERIOD
    assert Flaw.DROP not in _episode(env, OPERATORS["rehearsed"], 1_000_000_002)[1]


def test_with_another_instruction_another_accident_may_happen(env: LacingEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    observation, _ = env.reset(seed=7)
    teleoperator = Teleoperator(env, OPERATORS["unlucky"])
    teleoperator.reset(7)
    first = teleoperator.accident
    teleoperator.act(observation)
    assert teleoperator.accident is first
    monkeypatch.setattr(LacingEnv, "goal", EyeletGoal(Side.RIGHT, Side.LEFT, 2))
    teleoperator.act(observation)
    assert teleoperator.accident is not first


@pytest.mark.slow
def test_who_is_pushed_aside_comes_back(env: LacingEnv) -> None:
    operator = replace(OPERATORS["rehearsed"], pushes=2.0)
    _, lapses, success = _episode(env, operator, 1_000_000_002)
    pushed = np.array(lapses) == Flaw.PUSH
    begins = np.flatnonzero(pushed[1:] & ~pushed[:-1])
    assert success and len(begins) >= 2
    assert pushed.sum() * CONTROL_PERIOD <= 0.65 * (len(begins) + pushed[0])  # 0.6 s each at most


@pytest.mark.slow
def test_who_is_resourceful_lays_down_what_is_held_badly(env: LacingEnv) -> None:
    operator = OPERATORS["unlucky"]  # loses hold with the aglet in the eyelet, and catches the lace again too far back
    assert _episode(env, operator, 7_000_004)[2]
    assert not _episode(env, replace(operator, resourceful=False), 7_000_004)[2]
