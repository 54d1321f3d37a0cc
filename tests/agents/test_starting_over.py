"""A policy that lays everything aside where it gets nowhere."""

from typing import Any

import numpy as np
import pytest
import torch
from aglets import beside_an_aglet, closing
from observations import TINY, states

from lacelab.agents.gentle_lift import SLOWLY
from lacelab.agents.hands import matrices
from lacelab.agents.impasse import Impasse
from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.route import Leg, Pose, Route, letting_go, resting
from lacelab.agents.starting_over import StartingOver
from lacelab.agents.sure_aim import SureAim
from lacelab.agents.sure_release import OPEN, SHUT, drawing_back
from lacelab.envs.deployment import GRIPPERS
from lacelab.envs.entities.arena import TABLE_HEIGHT

SEEN = {name: values[0].numpy() for name, values in states(1).items()}
_EXECUTED = 8
_LOOKS = 10  # 4 s
_LATE = 50  # 20 s


OPENS = np.tile(resting(TINY.chunk, OPEN), 2)  # of both hands


def test_it_lets_go_and_rises_and_goes_home_and_acts_again() -> None:
    policy = _policy()
    for _ in range(_LOOKS):
        assert not np.array_equal(policy.act(SEEN), OPENS)
        assert policy.phase == "acting"
    assert policy.retries == 0
    looks = []
    while len(looks) < 20 and (not looks or policy.phase == "starting over"):
        looks.append(policy.act(SEEN))
    assert policy.retries == 1
    expected = []
    routes = [Route([*letting_go(Pose.of(SEEN, hand)), *_home(hand)]) for hand in (0, 1)]
    while len(expected) < 20 and not all(route.over for route in routes):
        expected.append(
            np.concatenate([route(Pose.of(SEEN, hand), TINY.chunk) for hand, route in enumerate(routes)], axis=1)
        )
    np.testing.assert_allclose(looks, expected)
    np.testing.assert_array_equal(looks[:3], [OPENS] * 3)  # 0.4 s, as chunks have 3 actions here
    assert not np.array_equal(policy.act(SEEN)[:, GRIPPERS], OPENS[:, GRIPPERS])


def _home(hand: int) -> list[Leg]:
    return [Leg(Pose.of(SEEN, hand), OPEN)]


def _holding(threaded: float) -> dict[str, Any]:
    """Return what is seen where the left hand is closed around the right lace, and each lace is threaded so often."""
    lifted = np.array([0.0, 0.0, TABLE_HEIGHT + 0.04], np.float32)
    hands = SEEN["target_position"] * np.array([1.0, 1.0, 0.0], np.float32) + lifted
    laces = np.stack([SEEN["aglet_position"][0] + 1.0, hands[0]])
    opening = np.array([0.003, 0.02], np.float32)
    counts = SEEN["threaded"] + np.float32(threaded)
    return SEEN | {"target_position": hands, "aglet_position": laces, "gripper_opening": opening, "threaded": counts}


@pytest.mark.parametrize("threaded", [False, True])
def test_a_hand_keeps_hold_of_a_lace_in_an_eyelet_while_the_other_one_goes_home(threaded: bool) -> None:
    policy = _policy()
    policy.act(_holding(0.0))
    looks = [policy.act(_holding(float(threaded))) for _ in range(_LATE + 2)]
    left = resting(TINY.chunk, SHUT if threaded else OPEN)
    np.testing.assert_array_equal(looks[-1], np.concatenate([left, OPENS[:, 7:]], axis=1))
    assert policy.retries == 1


def test_where_nothing_comes_of_that_it_draws_the_lace_out() -> None:
    policy, moves = _policy(), []
    for seen in (_low(), _holding(0.0)):  # so that there is a place to lay it
        policy.act(seen | {"threaded": SEEN["threaded"]})
    while policy.retries < 2:
        before, look = policy.retries, policy.act(_holding(1.0))
        if policy.retries > before:
            assert (look[:, 6] == SHUT).all()
            moves.append(float(np.abs(look[:, :3]).max()))
    assert moves[0] == 0.0 < moves[1]


def test_a_hand_that_has_picked_something_lays_what_it_holds_where_that_was() -> None:
    policy = _policy()
    low = _low()
    policy.act(SEEN)
    policy.act(low)
    up = {name: low[name] + np.array([0.0, 0.0, 0.1], np.float32) for name in ("target_position", "aglet_position")}
    looks = [policy.act(low | up) for _ in range(2 * _LATE + 4)]
    assert policy.phase == "starting over"
    assert (looks[-1][:, 6] == SHUT).all()
    assert (looks[-1][:, 13] == np.float32(OPEN)).all()


def _low() -> dict[str, Any]:
    """Return what is seen where the left hand has a lace on the mat."""
    low = SEEN["target_position"] * (1.0, 1.0, 0.0) + np.array([0.0, 0.0, TABLE_HEIGHT + 0.006])
    return SEEN | {
        "target_position": low.astype(np.float32),
        "aglet_position": low[::-1].astype(np.float32),
        "gripper_opening": np.array([0.003, 0.02], np.float32),
    }


def test_a_hand_that_closes_on_nothing_in_a_handover_is_a_retry_too() -> None:
    class LettingGo(LearnedPolicy):
        def wanted(self, observation: Any, noise: Any = None) -> Any:
            return np.ones((8, 14), np.float32)

    policy = StartingOver(LettingGo(PolicyNetwork(TINY).eval()))
    held = SEEN["target_position"][0]
    hands = np.stack([held, held]) + np.array([0.0, 0.0, 1.0], np.float32)
    seen = SEEN | {
        "target_position": hands,
        "aglet_position": hands + np.array([[0.0], [9.0]], np.float32),
        "gripper_opening": np.array([0.003, 0.0], np.float32),
    }
    np.testing.assert_array_equal(policy.wanted(seen), drawing_back(1, 8, 0.0))
    assert policy.retries == 1
    assert policy.phase == "acting"


def test_a_hand_that_has_picked_a_lace_lifts_it_slowly() -> None:
    class Lifting(LearnedPolicy):
        def wanted(self, observation: Any, noise: Any = None) -> Any:
            actions = np.zeros((8, 14), np.float32)
            actions[:, :3] = matrices(torch.from_numpy(SEEN["target_rotation"]))[0].numpy()[2]  # upwards
            return actions

    network, seen = PolicyNetwork(TINY).eval(), _low()
    wanted = Lifting(network).wanted(seen)
    np.testing.assert_allclose(StartingOver(Lifting(network)).wanted(seen), SLOWLY * wanted)


def test_a_hand_that_would_close_beside_an_aglet_is_brought_over_it_and_that_is_a_retry() -> None:
    class Closing(LearnedPolicy):
        def wanted(self, observation: Any, noise: Any = None) -> Any:
            return closing(0.0)

    policy = StartingOver(Closing(PolicyNetwork(TINY).eval()))
    beside = beside_an_aglet(0.007, across=0.01)
    np.testing.assert_array_equal(policy.wanted(beside), SureAim()(beside, closing(0.0)))
    assert policy.retries == 1
    around = beside_an_aglet(0.006)
    assert policy.wanted(around)[:, 6].max() == SHUT
    assert policy.retries == 1
    policy.reset(0)
    assert policy.retries == 0


def test_a_reset_forgets_where_home_was() -> None:
    policy = _policy()
    runs = []
    for _ in range(2):
        policy.reset(3)
        runs.append([policy.act(SEEN) for _ in range(_LOOKS + 3)])
        assert policy.retries == 1
    np.testing.assert_array_equal(runs[0], runs[1])


def test_loops_that_think_ahead_start_over_too() -> None:
    policy, committed = _policy(), np.zeros((4, 14), np.float32)
    looks = [policy.act_ahead(SEEN, committed) for _ in range(_LOOKS + 1)]
    np.testing.assert_array_equal(looks[-1], OPENS)
    assert policy.retries == 1


def test_where_only_pictures_are_seen_it_acts_as_the_policy_does() -> None:
    class Blind(LearnedPolicy):
        def wanted(self, observation: Any, noise: Any = None) -> Any:
            return np.ones((1, 14), np.float32)

    policy = StartingOver(Blind(PolicyNetwork(TINY).eval()))
    for _ in range(2 * _LATE):
        assert policy.act({"head": np.zeros((4, 4, 3), np.uint8)}).min() == 1.0
    assert policy.retries == 0


def _policy() -> StartingOver:
    policy = StartingOver(LearnedPolicy(PolicyNetwork(TINY).eval()))
    policy._impasse = Impasse(_EXECUTED)
    policy.reset(3)
    return policy
