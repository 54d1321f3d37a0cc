"""A policy that lays everything aside where it gets nowhere."""

from typing import Any

import numpy as np
import pytest
import torch
from aglets import beside_an_aglet, closing
from observations import TINY, states

from lacelab.agents.gentle_lift import SLOWLY
from lacelab.agents.hands import advanced, matrices
from lacelab.agents.impasse import Impasse
from lacelab.agents.learned import LearnedPolicy
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.route import resting
from lacelab.agents.starting_over import StartingOver
from lacelab.agents.sure_aim import SureAim
from lacelab.agents.sure_release import OPEN, SHUT, drawing_back
from lacelab.envs.deployment import GRIPPERS
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.spec import LACE_POINTS

SEEN = {name: values[0].numpy() for name, values in states(1).items()}
_EXECUTED = 8
_LOOKS = 10  # 4 s
_LATE = 30  # 12 s


OPENS = np.tile(resting(TINY.chunk, OPEN), 2)  # of both hands


def _follows(policy: StartingOver, seen: dict[str, Any], looks: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return where hands are, (2, 3), and what their grippers are told, (2,), while they do what a policy that starts over wants; the laces stay."""
    track, seen = [], dict(seen)
    for _ in range(looks):
        actions = policy.act(seen)
        if policy.phase == "acting":
            break
        position, rotation = (torch.from_numpy(seen[f"target_{name}"])[None] for name in ("position", "rotation"))
        ends = advanced(position, matrices(rotation), torch.from_numpy(actions)[None])
        seen["target_position"] = ends[0][0].numpy()
        seen["target_rotation"] = torch.cat([ends[1][0, :, :, 0], ends[1][0, :, :, 1]], dim=1).numpy()
        track.append((seen["target_position"], actions[-1, GRIPPERS]))
    return track


def _away(shift: tuple[float, float, float]) -> dict[str, Any]:
    return SEEN | {"target_position": SEEN["target_position"] + np.array(shift, np.float32)}


def _gets_nowhere(policy: StartingOver, seen: dict[str, Any]) -> None:
    """Show hands that rest until that is an impasse."""
    for _ in range(_LATE + 1):
        policy.act(seen)
        if policy.phase == "starting over":
            return
    pytest.fail("There is no impasse.")


def test_it_lets_go_and_rises_and_goes_home_and_acts_again() -> None:
    policy = _policy()
    policy.act(SEEN)
    away = _away((0.1, 0.0, 0.05))
    for _ in range(_LOOKS):
        assert not np.array_equal(policy.act(away), OPENS)
    assert policy.phase == "acting" and policy.retries == 0
    track = _follows(policy, away, 100)
    assert policy.retries == 1 and policy.phase == "acting"
    assert all((grippers == np.float32(OPEN)).all() for _, grippers in track)
    np.testing.assert_array_equal([hands for hands, _ in track[:3]], [away["target_position"]] * 3)  # 0.4 s
    assert max(hands[0, 2] for hands, _ in track) > away["target_position"][0, 2] + 0.08
    np.testing.assert_allclose(track[-1][0], SEEN["target_position"], atol=0.0101)


def test_a_reset_forgets_where_home_was_and_where_something_was_picked() -> None:
    policy = _policy()
    for seen in (SEEN, _low(), _holding(0.0)):
        policy.act(seen)
    home = _away((0.0, 0.1, 0.0))
    policy.reset(3)
    policy.act(home)
    _gets_nowhere(policy, SEEN)
    np.testing.assert_allclose(_follows(policy, SEEN, 100)[-1][0], home["target_position"], atol=0.0101)
    assert policy._places.of(0) is None


def _picked() -> StartingOver:
    """Return a policy that has picked something up on the left and let it go again, in the air."""
    policy = _policy()
    for seen in (SEEN, _low(), _holding(0.0), SEEN):
        policy.act(seen)
    return policy


def _lying(height: float) -> dict[str, Any]:
    """Return what is seen where the left lace, which is asked for, lies straight on the left, and its tip at a height above the mat."""
    points = np.zeros((2, LACE_POINTS, 3), np.float32)
    points[:] = [0.2, 0.3, TABLE_HEIGHT]
    points[:, :, 0] += np.linspace(0.0, 0.4, LACE_POINTS)
    tips = points[:, -1] + np.array([0.02, 0.0, height], np.float32)
    eyelets = np.array([[[x, y, 0.42] for x in (0.36, 0.34, 0.32)] for y in (0.05, -0.05)], np.float32)
    opening = np.array([0.02, 0.02], np.float32)
    return SEEN | {
        "lace_points": points,
        "aglet_position": tips,
        "eyelet_position": eyelets,
        "gripper_opening": opening,
    }


def _is_gathered(track: list[tuple[np.ndarray, np.ndarray]], seen: dict[str, Any]) -> bool:
    """Return whether the left hand closes at a point of the lace behind the aglet."""
    return any(
        grippers[0] == SHUT and np.linalg.norm(seen["lace_points"][0, -5:] - hands[0], axis=1).min() < 0.01
        for hands, grippers in track
    )


def test_what_lies_in_the_shoe_is_gathered_and_laid_where_something_was_picked() -> None:
    policy, seen = _picked(), _lying(0.0095)
    _gets_nowhere(policy, seen)
    track = _follows(policy, seen, 200)
    assert _is_gathered(track, seen)
    laid = next(
        hands[0] for k, (hands, grippers) in enumerate(track) if k and track[k - 1][1][0] == SHUT != grippers[0]
    )
    np.testing.assert_allclose(laid, _low()["target_position"][0], atol=0.0101)


def test_what_is_not_to_be_had_elsewhere_is_gathered_the_third_time() -> None:
    policy, seen, gathered = _picked(), _lying(0.0015), []
    for _ in range(3):
        _gets_nowhere(policy, seen)
        gathered.append(_is_gathered(_follows(policy, seen, 200), seen))
    assert gathered == [False, False, True]


def test_a_hand_that_has_gathered_nothing_tries_elsewhere_and_then_goes_home() -> None:
    policy, seen = _picked(), _lying(0.0095)
    _gets_nowhere(policy, seen)
    track = _follows(policy, seen | {"gripper_opening": np.zeros(2, np.float32)}, 400)
    closed = [hands[0] for hands, grippers in track if grippers[0] == SHUT]
    gaps = np.linalg.norm(seen["lace_points"][0, -1:-4:-1, None] - np.array(closed), axis=2)
    assert len(closed) == 3 and (gaps.argmin(axis=1) == [0, 1, 2]).all() and gaps.min(axis=1).max() < 0.01
    np.testing.assert_allclose(track[-1][0], SEEN["target_position"], atol=0.0101)
    assert policy.phase == "acting"


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
    for _ in range(8 * _LATE):
        before, look = policy.retries, policy.act(_holding(1.0))
        if policy.retries > before:
            assert (look[:, 6] == SHUT).all()
            moves.append(float(np.abs(look[:, :3]).max()))
    assert len(moves) > 1 and moves[0] == 0.0 < moves[1]


def test_a_hand_that_has_picked_something_lays_what_it_holds_where_that_was() -> None:
    policy = _policy()
    policy.act(SEEN)
    policy.act(_low())
    _gets_nowhere(policy, _holding(0.0))
    track = _follows(policy, _holding(0.0), 200)
    assert policy.phase == "acting"
    grippers = [float(told[0]) for _, told in track]
    opens = next(k for k, told in enumerate(grippers) if told != SHUT)
    assert opens > 10 and SHUT not in grippers[opens:]
    np.testing.assert_allclose(track[opens][0][0], _low()["target_position"][0], atol=0.0101)
    np.testing.assert_allclose(track[-1][0], SEEN["target_position"], atol=0.0101)


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
    np.testing.assert_array_equal(policy.wanted(seen), drawing_back(1, 8, closed=True))
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
