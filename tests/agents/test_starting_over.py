"""A policy that lays everything aside where it gets nowhere."""

from typing import Any

import numpy as np
import pytest
import torch
from aglets import beside_an_aglet, closing, handed_over
from observations import TINY, states

from lacelab.agents.at_eyelets import AtEyelets, Careful
from lacelab.agents.gentle_lift import SLOWLY
from lacelab.agents.hands import matrices
from lacelab.agents.impasse import Impasse
from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.motions import hands_of, keeping, resting, rising, towards
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.starting_over import StartingOver
from lacelab.agents.sure_aim import brought_over
from lacelab.agents.sure_release import SureRelease, drawing_back
from lacelab.agents.sure_take import hovering
from lacelab.agents.taking import Taking
from lacelab.envs.deployment import GRIPPERS
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.language import encode

SEEN = {name: values[0].numpy() for name, values in states(1).items()}
_EXECUTED = 8
_LOOKS = 10  # 4 s
_LATE = 50  # 20 s


def test_it_lets_go_and_rises_and_goes_home_and_acts_again() -> None:
    policy = _policy()
    for _ in range(_LOOKS):
        assert not np.array_equal(policy.act(SEEN), resting(TINY.chunk))
        assert policy.phase == "acting"
    assert policy.retries == 0
    low = SEEN | {"target_position": SEEN["target_position"] - np.float32(0.005)}
    looks = [policy.act(low) for _ in range(11)]
    assert policy.phase == "starting over"
    looks.append(policy.act(low))
    hands = hands_of(low)
    assert policy.retries == 1
    np.testing.assert_array_equal(looks[:3], [resting(TINY.chunk)] * 3)  # 0.4 s, as chunks have 3 actions here
    np.testing.assert_allclose(looks[3:11], [rising(hands, TINY.chunk)] * 8)
    np.testing.assert_allclose(looks[11], towards(hands, hands_of(SEEN), TINY.chunk))
    assert not np.array_equal(policy.act(SEEN)[:, GRIPPERS], resting(TINY.chunk)[:, GRIPPERS])


def _holding(threaded: float) -> dict[str, Any]:
    """Return what is seen where the left hand is closed around the right lace, and each lace is threaded so often."""
    laces = np.stack([SEEN["aglet_position"][0] + 1.0, SEEN["target_position"][0]])
    opening = np.array([0.003, 0.02], np.float32)
    counts = SEEN["threaded"] + np.float32(threaded)
    return SEEN | {"aglet_position": laces, "gripper_opening": opening, "threaded": counts}


@pytest.mark.parametrize("threaded", [False, True])
def test_a_hand_keeps_hold_of_a_lace_in_an_eyelet_while_the_other_one_goes_home(threaded: bool) -> None:
    policy = _policy()
    policy.act(_holding(0.0))
    looks = [policy.act(_holding(float(threaded))) for _ in range(_LATE + 2)]
    count = len(looks[-1])
    left = (keeping if threaded else resting)(count)[:, :7]
    np.testing.assert_array_equal(looks[-1], np.concatenate([left, resting(count)[:, 7:]], axis=1))
    assert policy.retries == 1


def test_a_hand_that_keeps_hold_need_not_arrive_at_home() -> None:
    policy = _policy()
    policy.act(SEEN)
    away = _holding(1.0)
    away["target_position"] = away["target_position"] + np.array([[0.1, 0.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    away["aglet_position"] = away["aglet_position"] + np.array([0.1, 0.0, 0.0], np.float32)
    looks = [policy.act(away) for _ in range(_LATE + 14)]
    assert policy.retries == 1
    kept = [np.array_equal(look[:, :7], keeping(TINY.chunk)[:, :7]) for look in looks[-14:]]
    assert kept == [True] * 12 + [False] * 2  # until the right hand is at home


def test_a_hand_that_closes_on_nothing_in_a_handover_is_a_retry_too() -> None:
    class LettingGo(LearnedPolicy):
        def wanted(self, observation: Any, noise: Any = None) -> Any:
            return np.ones((8, 14), np.float32)

    policy = _watched(LettingGo)
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

    network = PolicyNetwork(TINY).eval()
    low = SEEN["target_position"] * (1.0, 1.0, 0.0) + np.array([0.0, 0.0, TABLE_HEIGHT + 0.01])
    seen = SEEN | {
        "target_position": low.astype(np.float32),
        "aglet_position": low[::-1].astype(np.float32),
        "gripper_opening": np.array([0.003, 0.02], np.float32),
    }
    wanted = Lifting(network).wanted(seen)
    np.testing.assert_allclose(StartingOver(Lifting(network), SureRelease()).wanted(seen), SLOWLY * wanted)


def test_a_hand_that_would_close_beside_an_aglet_is_brought_over_it_and_that_is_a_retry() -> None:
    class Closing(LearnedPolicy):
        def wanted(self, observation: Any, noise: Any = None) -> Any:
            return closing(0.0)

    policy = _watched(Closing)
    beside = beside_an_aglet(0.007, across=0.01)
    np.testing.assert_array_equal(policy.wanted(beside), brought_over(beside, closing(0.0)))
    assert policy.retries == 1
    around = beside_an_aglet(0.007)
    np.testing.assert_array_equal(policy.wanted(around), closing(0.0))
    assert policy.retries == 1
    policy.reset(0)
    assert policy.retries == 0


def test_what_hangs_in_an_eyelet_is_held_again_and_that_is_a_retry() -> None:
    def hanging(opening: float) -> dict[str, Any]:
        seen = _holding(1.0) | {"instruction": encode("thread the right lace through the second hole on the left")}
        seen["gripper_opening"] = np.array([opening, 0.02], np.float32)
        seen["aglet_position"] = seen["aglet_position"] + np.array([0.0, 0.0, 1.0], np.float32)
        seen["target_position"] = seen["target_position"] + np.array([0.0, 0.0, 1.0], np.float32)
        eyelets = seen["eyelet_position"] + 5.0
        eyelets[0, 1] = seen["aglet_position"][1]
        return seen | {"eyelet_position": eyelets.astype(np.float32)}

    runs = []
    for at_eyelets in (None, Careful()):
        policy = _watched(LearnedPolicy, at_eyelets)
        policy._impasse = Impasse(_EXECUTED)
        policy.reset(3)
        policy.act(hanging(0.003) | {"threaded": SEEN["threaded"]})
        policy.act(hanging(0.003))
        runs.append([policy.act(hanging(0.02)) for _ in range(4)])
    assert policy.retries == 1 and policy.phase == "starting over"
    home = hands_of(hanging(0.02))
    taking = Taking(0, home, home)
    np.testing.assert_allclose(runs[1][2], taking(home, (home[0][0], home[1][0]), TINY.chunk), atol=1e-6)
    np.testing.assert_array_equal(runs[0][:2], runs[1][:2])
    assert not np.array_equal(runs[0][2], runs[1][2])


def test_a_hand_that_hovers_around_an_aglet_is_led_to_it_and_that_is_a_retry() -> None:
    class Hovering(LearnedPolicy):
        def wanted(self, observation: Any, noise: Any = None) -> Any:
            return np.zeros((8, 14), np.float32)

    seen = handed_over()
    assert hovering(seen) is not None
    for at_eyelets, takes in ((None, 0), (Careful(), 1)):
        policy = _watched(Hovering, at_eyelets)
        moved = [bool(np.any(policy.wanted(seen)[:, :6])) for _ in range(7)]
        assert moved == [False] * 6 + [takes == 1]
        assert policy.retries == takes


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
    np.testing.assert_array_equal(looks[-1], resting(TINY.chunk))
    assert policy.retries == 1


def test_where_only_pictures_are_seen_it_acts_as_the_policy_does() -> None:
    class Blind(LearnedPolicy):
        def wanted(self, observation: Any, noise: Any = None) -> Any:
            return np.ones((1, 14), np.float32)

    policy = _watched(Blind)
    for _ in range(2 * _LATE):
        assert policy.act({"head": np.zeros((4, 4, 3), np.uint8)}).min() == 1.0
    assert policy.retries == 0


def _policy() -> StartingOver:
    policy = _watched(LearnedPolicy)
    policy._impasse = Impasse(_EXECUTED)
    policy.reset(3)
    return policy


def _watched(kind: type[LearnedPolicy], at_eyelets: AtEyelets | None = None) -> StartingOver:
    return StartingOver(kind(PolicyNetwork(TINY).eval()), SureRelease(), at_eyelets)
