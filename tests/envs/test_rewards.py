import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacelab.envs import rewards
from lacelab.envs.goals import EyeletGoal, PickGoal
from lacelab.envs.spec import Side
from lacelab.envs.stages import StageSignals, StageState

_GOAL = EyeletGoal(Side.LEFT, Side.LEFT, 0)
_FAR = rewards.Distances(math.inf, math.inf, -1.0)
_NEAR = rewards.Distances(0.0, 0.0, 1.0)


def _signals(net: int = 0, through: float = 0.0) -> StageSignals:
    return StageSignals(0.0, frozenset(), 0.0, False, net, through)


def test_terms_against_numbers() -> None:
    assert rewards.reach(0.0) == 1.0 and rewards.reach(0.1) == pytest.approx(0.238, abs=1e-3)
    assert rewards.align(0.0, 1.0) == 1.0 and rewards.align(0.0, -1.0) == 0.0
    assert rewards.align(0.05, 0.0) == pytest.approx(0.119, abs=1e-3)
    assert rewards.insert_depth(0.004) == pytest.approx(0.5) and rewards.insert_depth(0.1) == 1.0
    assert rewards.through_length(0.035) == pytest.approx(0.5) and rewards.through_length(0.2) == 1.0
    assert [rewards.stage_bonus(n) for n in (0, 1, 5)] == [0.0, 0.2, 1.0]


def test_potential_spans_zero_to_one() -> None:
    nothing = rewards.dense(_GOAL, _signals(), StageState(), _FAR)
    everything = rewards.dense(_GOAL, _signals(1, 0.1), StageState((1, 2, 3, 4, 5), success=True), _NEAR)
    assert set(nothing) == set(rewards.DENSE_WEIGHTS)
    assert rewards.potential(nothing) == 0.0 and rewards.potential(everything) == pytest.approx(1.0)


def test_only_the_right_way_through_pays() -> None:
    for net, paid in ((1, 1.0), (-1, 0.0), (0, 0.0)):
        assert rewards.dense(_GOAL, _signals(net, 0.1), StageState(), _FAR)["through"] == paid
    assert rewards.dense(PickGoal(Side.LEFT), _signals(1, 0.1), StageState(), _FAR)["through"] == 0.0


def test_letting_go_after_a_stage_costs_nothing() -> None:
    held = rewards.dense(_GOAL, _signals(1, 0.1), StageState((1.0, 2.0)), _NEAR)
    released = rewards.dense(_GOAL, _signals(1, 0.1), StageState((1.0, 2.0)), _FAR)
    assert held == released


_unit = st.floats(0, 1)
_states = st.integers(0, 5).map(lambda n: StageState(tuple(map(float, range(n)))))


@settings(deadline=None)
@given(st.integers(-2, 2), _unit, _states, _unit, _unit, st.floats(-1, 1))
def test_terms_are_shares(net: int, through: float, state: StageState, hand: float, tip: float, cosine: float) -> None:
    terms = rewards.dense(_GOAL, _signals(net, through), state, rewards.Distances(hand, tip, cosine))
    assert all(0.0 <= value <= 1.0 for value in terms.values())
    assert 0.0 <= rewards.potential(terms) <= 1.0 + 1e-12


def test_shaped_reward_telescopes_and_pays_success() -> None:
    potentials = [0.1, 0.4, 0.3, 0.9]
    running = StageState()
    total = sum(rewards.shaped(a, b, running) for a, b in itertools.pairwise(potentials))
    assert total == pytest.approx(0.8)
    assert rewards.shaped(0.9, 1.0, StageState(success=True)) == pytest.approx(1.1)


def test_sparse() -> None:
    assert rewards.sparse(StageState()) == 0.0 and rewards.sparse(StageState(success=True)) == 1.0
