"""What hangs in its eyelet is held again as it was held before."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from observations import states

from lacelab.agents.holding_again import PUSHED_TIP, HoldingAgain, hangs, turning
from lacelab.agents.motions import hands_of
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.language import encode
from lacelab.envs.rotations import rotation_matrix

RIGHT, LEFT_EYELET = 1, (0, 1)  # of the lace, and of the eyelet that it is asked for
HOLDS, EMPTY = 0.003, 0.02  # m between pads
EYELET = np.array([0.35, 0.04, TABLE_HEIGHT + 0.06])
AXIS = np.array([0.0, 1.0, 0.0])
BEHIND = np.array([0.002, -0.019, 0.004])  # m, from the tip to the hand that pushes it
LOOKS = 3


def _seen(opening: float = HOLDS, out: float = 0.005, axis: np.ndarray = AXIS, **changes: Any) -> dict[str, Any]:
    """Return what is seen where the right hand is behind the tip of the right lace, which is in an eyelet."""
    seen = {name: values[0].numpy() for name, values in states(1).items()}
    eyelets = np.full_like(seen["eyelet_position"], 2.0)
    eyelets[LEFT_EYELET] = EYELET
    tip = EYELET + out * axis
    tips = np.stack([tip + 1.0, tip])
    hands = np.stack([tip + [0.1, 0.2, 0.1], tip + BEHIND])
    return seen | {
        "instruction": encode("thread the right lace through the second hole on the left"),
        "eyelet_position": eyelets,
        "aglet_position": tips.astype(np.float32),
        "aglet_axis": np.stack([axis, axis]).astype(np.float32),
        "lace_points": np.repeat((tips - 0.02 * axis)[:, None], seen["lace_points"].shape[1], 1).astype(np.float32),
        "target_position": hands.astype(np.float32),
        "gripper_opening": np.array([EMPTY, opening], np.float32),
        **changes,
    }


def _looks(*seen: dict[str, Any], threaded: bool = True, misses: int = 0) -> list[bool]:
    again = HoldingAgain()
    return [again(look, threaded, misses) for look in seen]


def test_what_was_held_in_an_eyelet_and_is_not_any_more_is_to_be_held_again() -> None:
    lost = [_seen(EMPTY)] * LOOKS
    assert _looks(_seen(), *lost) == [False] * LOOKS + [True]
    assert _looks(_seen(), *lost[1:], _seen(), *lost[1:]) == [False] * (2 * LOOKS)  # it was held in between
    assert not any(_looks(*lost))  # nobody has ever held it
    assert not any(_looks(_seen(), *lost, threaded=False))


def test_who_has_let_it_out_of_the_eyelet_begins_anew() -> None:
    again = HoldingAgain()
    again(_seen(), threaded=True, misses=0)
    again(_seen(), threaded=False, misses=0)
    assert not any(again(_seen(EMPTY), threaded=True, misses=0) for _ in range(LOOKS))


def _held_by(millimetres: float) -> dict[str, Any]:
    """Return what is seen where the right hand points at the tip and is some way behind it."""
    seen = _seen()
    along = hands_of(seen)[1][1][:, 0]
    seen["aglet_axis"] = np.stack([along, along]).astype(np.float32)
    seen["target_position"][1] = seen["aglet_position"][RIGHT] - 1e-3 * millimetres * along
    return seen


def test_so_is_what_has_slipped_back_once_the_other_hand_has_missed_it() -> None:
    again = HoldingAgain()
    again(_seen(), threaded=False, misses=2)
    assert not again(_held_by(10.0), threaded=True, misses=2)  # missed elsewhere
    assert not again(_held_by(12.0), threaded=True, misses=3)
    assert again(_held_by(10.0), threaded=True, misses=3)
    assert again.begin() == 1
    assert not again(_held_by(10.0), threaded=True, misses=3)
    assert again(_held_by(10.0), threaded=True, misses=4)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(_seen(EMPTY, out=0.025), id="it has been pulled"),
        pytest.param(_seen(EMPTY, out=-0.05), id="it is elsewhere"),
        pytest.param(
            _seen(EMPTY, aglet_position=_seen()["aglet_position"] * np.array([1, 1, 0], np.float32)), id="it lies down"
        ),
        pytest.param(_seen(EMPTY, instruction=encode("pick up the right lace")), id="no eyelet is asked for"),
    ],
)
def test_nothing_else_is(seen: dict[str, Any]) -> None:
    assert not any(_looks(_seen(), *[seen] * (LOOKS + 1)))


def test_only_what_is_at_an_eyelet_hangs_there() -> None:
    assert hangs(_seen(), RIGHT) and not hangs(_seen(), 1 - RIGHT)


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_a_hand_takes_hold_where_hands_do_and_turns_with_the_aglet(yaw: float, pitch: float) -> None:
    again = HoldingAgain()
    again(_seen(), threaded=True, misses=0)
    turn = turning(AXIS, rotation_matrix(np.array([pitch, 0.0, yaw])) @ AXIS)
    turned = _seen(EMPTY, out=-0.003, axis=turn @ AXIS)
    position, rotation = again.place(turned)
    np.testing.assert_allclose(rotation, turn @ hands_of(_seen())[1][1], atol=1e-5)
    np.testing.assert_allclose(rotation.T @ (turned["aglet_position"][RIGHT] - position), PUSHED_TIP, atol=1e-6)


_DIRECTIONS = st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


@given(_DIRECTIONS, _DIRECTIONS)
def test_the_smallest_turn_leads_one_direction_to_the_other(
    first: tuple[float, ...], second: tuple[float, ...]
) -> None:
    before, after = (np.array(v) / np.linalg.norm(v) for v in (first, second))
    assume(before @ after > -0.999)  # of opposite directions there is no smallest turn
    turn = turning(before, after)
    np.testing.assert_allclose(turn @ before, after, atol=1e-6)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    assert np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)) == pytest.approx(
        np.arccos(np.clip(before @ after, -1, 1)), abs=1e-5
    )
