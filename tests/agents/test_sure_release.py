"""Hands that look before they let go."""

from typing import Any

import numpy as np
import pytest
from observations import states

from lacelab.agents.sure_release import OPEN, SHUT, THIN, SureRelease, drawing_back, gripper, unsure_giver, waiting
from lacelab.envs.spec import ACTION_SIZE

HOLDS, EMPTY, WIDE = 0.003, 0.0, 0.02  # m between pads
LETS_GO = 3  # tick of a chunk
MAT = 0.363  # m, a hand that lays something down


def _seen(openings: tuple[float, float], gap: float = 0.01, height: float = 0.49) -> dict[str, Any]:
    """Return what is seen where the right lace ends in the left hand, and the right hand is somewhere beside it."""
    seen = {name: values[0].numpy() for name, values in states(1).items()}
    hands = np.array([[0.3, 0.0, height], [0.3, -gap, height]], np.float32)
    laces = np.array([[1.0, 1.0, 1.0], hands[0]], np.float32)
    points = np.repeat(laces[:, None], seen["lace_points"].shape[1], axis=1)
    return seen | {
        "target_position": hands,
        "aglet_position": laces,
        "lace_points": points,
        "gripper_opening": np.array(openings, np.float32),
    }


def _letting_go(hand: int = 0, since: int = LETS_GO) -> np.ndarray:
    """Return a chunk in which both hands move, closed, and one opens."""
    actions = np.full((8, ACTION_SIZE), 0.3, np.float32)
    actions[:, [6, 13]] = SHUT
    actions[since:, gripper(hand)] = OPEN
    return actions


def test_a_giver_waits_for_who_reaches_for_the_lace() -> None:
    wanted = _letting_go()
    actions = SureRelease()(_seen((HOLDS, WIDE)), wanted)
    np.testing.assert_array_equal(actions, waiting(wanted, 0, LETS_GO))
    np.testing.assert_array_equal(actions[:LETS_GO], wanted[:LETS_GO])
    assert (actions[LETS_GO:].reshape(-1, 2, 7)[:, :, :6] == 0.0).all()
    assert (actions[:, [6, 13]] == SHUT).all()
    assert wanted[LETS_GO, 6] == np.float32(OPEN)  # what was wanted is not written over


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(_seen((HOLDS, HOLDS)), id="the other hand holds it"),
        pytest.param(_seen((HOLDS, WIDE), gap=0.04), id="the other hand is elsewhere"),
        pytest.param(_seen((HOLDS, EMPTY), height=MAT), id="it is laid down"),
        pytest.param(_seen((EMPTY, EMPTY)), id="there is nothing to let go of"),
    ],
)
def test_nothing_else_is_held_back(seen: dict[str, Any]) -> None:
    release = SureRelease()
    np.testing.assert_array_equal(release(seen, _letting_go()), _letting_go())
    assert unsure_giver(seen) is None
    assert release.misses == 0


@pytest.mark.parametrize("other", [WIDE, EMPTY])
def test_who_lets_nothing_go_may_move(other: float) -> None:
    wanted = _letting_go(hand=1)
    np.testing.assert_array_equal(SureRelease()(_seen((HOLDS, other)), wanted), wanted)


def test_a_hand_that_closed_on_nothing_opens_and_draws_back_and_may_try_again() -> None:
    release, seen = SureRelease(), _seen((HOLDS, EMPTY))
    chunks = [release(seen, _letting_go()) for _ in range(2)]
    np.testing.assert_array_equal(chunks[0], drawing_back(1, 8, 0.0))
    np.testing.assert_array_equal(chunks[1], drawing_back(1, 8, 0.5))
    assert release.misses == 1
    np.testing.assert_array_equal(release(_seen((HOLDS, WIDE), gap=0.05), _letting_go()), _letting_go())
    np.testing.assert_array_equal(release(seen, _letting_go()), chunks[0])
    assert release.misses == 2


@pytest.mark.parametrize("reset", ["again", "reset"])
def test_whoever_begins_anew_does_not_draw_back(reset: str) -> None:
    release = SureRelease()
    release(_seen((HOLDS, EMPTY)), _letting_go())
    getattr(release, reset)()
    np.testing.assert_array_equal(release(_seen((HOLDS, HOLDS)), _letting_go()), _letting_go())
    assert release.misses == (reset == "again")


def test_who_draws_back_goes_along_the_back_of_the_tool_and_the_other_keeps_hold() -> None:
    actions = drawing_back(1, 4, 0.5).reshape(4, 2, 7)
    np.testing.assert_array_equal(actions[:, 0], [[0, 0, 0, 0, 0, 0, SHUT]] * 4)
    np.testing.assert_array_equal(actions[:, 1], np.array([[0, 0, 0.5, 0, 0, 0, OPEN]] * 4, np.float32))


def test_who_has_closed_beside_the_middle_of_an_aglet_has_missed_it() -> None:
    badly = _seen((HOLDS, 0.0024))
    np.testing.assert_array_equal(SureRelease()(badly, _letting_go()), _letting_go())
    release = SureRelease(THIN)
    np.testing.assert_array_equal(release(badly, _letting_go()), drawing_back(1, 8, 0.0))
    assert release.misses == 1
    well = _seen((HOLDS, 0.0028))
    np.testing.assert_array_equal(SureRelease(THIN)(well, _letting_go()), _letting_go())
