"""When a policy gets nowhere."""

from typing import Any

import numpy as np
import pytest
from observations import states

from lacelab.agents.impasse import Impasse
from lacelab.envs.entities.arena import TABLE_HEIGHT
from lacelab.envs.language import encode

SEEN = {name: values[0].numpy() for name, values in states(1).items()}
_EXECUTED = 8
_LOOKS = 10  # 4 s
_LATE = 50  # 20 s


def _restless(look: int) -> dict[str, Any]:
    return SEEN | {"target_position": SEEN["target_position"] + np.float32(0.02 * (look % 2))}


def _found(seen: list[dict[str, Any]]) -> list[int]:
    """Return the looks at which there is an impasse."""
    impasse = Impasse(_EXECUTED)
    return [look for look, observation in enumerate(seen) if impasse(observation)]


def test_hands_that_rest_for_four_seconds_are_at_an_impasse() -> None:
    assert _found([SEEN] * (_LOOKS + 2)) == [_LOOKS, _LOOKS + 1]
    assert _found([_restless(look) for look in range(_LATE)]) == []


def test_hands_that_hold_a_lace_may_wait() -> None:
    held = SEEN["target_position"] + np.float32(0.004)
    seen = SEEN | {"aglet_position": held, "gripper_opening": np.array([0.003, 0.02], np.float32)}
    assert _found([seen] * _LATE) == []
    assert _found([seen | {"gripper_opening": np.array([0.0, 0.02], np.float32)}] * (_LOOKS + 1)) == [_LOOKS]


def test_so_are_hands_that_have_achieved_nothing_for_twenty_seconds() -> None:
    assert _found([_restless(look) for look in range(_LATE + 1)]) == [_LATE]


def _carrying(look: int, height: float = 0.06) -> dict[str, Any]:
    """Return what is seen of restless hands, one of which has a lace."""
    hands = _restless(look)["target_position"] * (1.0, 1.0, 0.0) + np.array([0.0, 0.0, TABLE_HEIGHT + height])
    return SEEN | {
        "target_position": hands.astype(np.float32),
        "aglet_position": hands[::-1].astype(np.float32),
        "gripper_opening": np.array([0.003, 0.02], np.float32),
    }


def test_hands_that_have_a_lace_in_the_air_may_take_twice_as_long() -> None:
    empty, carrying = [_restless(look) for look in range(30)], [_carrying(look) for look in range(2 * _LATE + 1)]
    assert _found([*empty, *carrying]) == [30 + 2 * _LATE]  # time begins anew where the lace is taken up


def test_a_lace_held_on_the_mat_has_not_been_taken_up() -> None:
    assert _found([_carrying(look, height=0.01) for look in range(_LATE + 1)]) == [_LATE]


def test_hands_that_have_lost_what_they_carried_are_late_as_before() -> None:
    carrying, empty = [_carrying(look) for look in range(30)], [_restless(look) for look in range(_LATE)]
    assert _found([*carrying, *empty])[0] == _LATE  # 20 s after the pick


@pytest.mark.parametrize("name", ["threaded", "instruction"])
def test_time_begins_anew_with_what_is_achieved(name: str) -> None:
    achieved = {
        "threaded": SEEN["threaded"] + np.float32(1.0),
        "instruction": encode("thread the right lace through the second hole on the left"),
    }
    seen = [_restless(look) for look in range(_LATE)]
    assert _found([*seen, *(observation | {name: achieved[name]} for observation in seen)]) == []
