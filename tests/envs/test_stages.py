from typing import Any

import pytest

from lacelab.envs.goals import EyeletGoal, PickGoal
from lacelab.envs.spec import STAGES, Side
from lacelab.envs.stages import StageMachine, StageSignals, StageState

_L, _R = Side.LEFT, Side.RIGHT
_GOAL = EyeletGoal(_R, _R, 1)  # right lace, from outside to inside: net +1
_NOBODY: frozenset[Side] = frozenset()

# What a good episode of `_GOAL` looks like.
_LYING: dict[str, Any] = {"held_by": _NOBODY, "aglet_height": 0.002, "resting": True}
_LIFTED: dict[str, Any] = {"held_by": {_R}, "aglet_height": 0.05}
_INSERTED: dict[str, Any] = {"held_by": {_R}, "net": 1, "through": 0.012}
_BOTH_HOLD: dict[str, Any] = {"held_by": {_L, _R}, "net": 1, "through": 0.012}
_RECEIVED: dict[str, Any] = {"held_by": {_L}, "net": 1, "through": 0.012}
_PULLED: dict[str, Any] = {"held_by": {_L}, "net": 1, "through": 0.11}
_PUT_DOWN: dict[str, Any] = {"net": 1, "through": 0.10, "resting": True, "aglet_height": 0.002}
_EPISODE = [_LYING, _LIFTED, _INSERTED, _BOTH_HOLD, _RECEIVED, _PULLED, _PUT_DOWN]


def _signals(time: float, **changes: Any) -> StageSignals:
    held_by = frozenset(changes.pop("held_by", _NOBODY))
    return StageSignals(**({"aglet_height": 0.05, "resting": False} | changes), time=time, held_by=held_by)


def _play(
    ticks: list[dict[str, Any]],
    goal: PickGoal | EyeletGoal = _GOAL,
    task: str = "ThreadEyelet",
    starts_in_hand: bool = False,
) -> StageState:
    """Feed one tick a second."""
    machine = StageMachine(task, goal, starts_in_hand)
    for time, tick in enumerate(ticks):
        machine.update(_signals(float(time), **tick))
    return machine.state


def test_all_stages_in_order_with_times() -> None:
    state = _play(_EPISODE)
    assert state.stage_times() == {"pick": 1.0, "thread": 2.0, "handover": 4.0, "pull": 5.0, "putdown": 6.0}
    assert state.success and state.completed == 5 and state.stage == "putdown"


@pytest.mark.parametrize("ticks, completed", [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (6, 4), (7, 5)])
def test_success_only_at_the_end(ticks: int, completed: int) -> None:
    state = _play(_EPISODE[:ticks])
    assert state.completed == completed and state.success == (completed == 5)
    assert state.stage == STAGES[min(completed, 4)]
    assert list(state.stage_times().values())[completed:] == [None] * (5 - completed)


@pytest.mark.parametrize(
    "change, completed",
    [({"aglet_height": 0.01}, 0), ({"net": 0}, 1), ({"held_by": {_R}}, 2), ({"through": 0.06}, 3)],
)
def test_no_stage_is_skipped(change: dict[str, Any], completed: int) -> None:
    """Take away what one stage asks for throughout: those after it do not count either."""
    episode = [_LYING, *[tick | change for tick in _EPISODE[1:]]]
    assert _play(episode).completed == completed


def test_times_never_decrease() -> None:
    late_handover = [*_EPISODE[:3], _PULLED | {"held_by": {_R}}, _PULLED, _PUT_DOWN]
    assert _play(late_handover).times == (1.0, 2.0, 4.0, 4.0, 5.0)


def test_threaded_without_being_picked_counts_nothing() -> None:
    assert _play([_LYING, *[_INSERTED | {"held_by": _NOBODY}] * 3, _PUT_DOWN]).completed == 0


def test_lift_is_measured_from_where_the_aglet_lay() -> None:
    lying = _LYING | {"aglet_height": 0.040}
    assert _play([lying, _LIFTED | {"aglet_height": 0.054}]).completed == 0
    assert _play([lying, _LIFTED | {"aglet_height": 0.056}]).completed == 1
    fallen = _LYING | {"aglet_height": 0.001}
    assert _play([lying, fallen, _LIFTED | {"aglet_height": 0.017}]).completed == 1


def test_lift_without_a_hand_is_no_pick() -> None:
    assert _play([_LYING, _LIFTED | {"held_by": _NOBODY}]).completed == 0


def test_a_lace_that_starts_in_hand_is_picked_at_once() -> None:
    state = _play([{"held_by": {_R}, "aglet_height": 0.06}], starts_in_hand=True)
    assert state.times == (0.0,)
    assert _play([{"held_by": _NOBODY, "aglet_height": 0.06}], starts_in_hand=True).completed == 0


@pytest.mark.parametrize("change", [{"net": -1}, {"net": 0}, {"net": 2}, {"through": 0.0049}, {"wrong_eyelet": True}])
def test_thread_asks_for_direction_depth_and_the_right_eyelet(change: dict[str, Any]) -> None:
    assert _play([_LYING, _LIFTED, _INSERTED]).completed == 2
    assert _play([_LYING, _LIFTED, _INSERTED | change]).completed == 1


def test_far_flap_is_threaded_from_inside_to_outside() -> None:
    across = EyeletGoal(_R, _L, 1)
    assert _play([_LYING, _LIFTED, _INSERTED], across).completed == 1
    assert _play([_LYING, _LIFTED, _INSERTED | {"net": -1}], across).completed == 2


@pytest.mark.parametrize("change", [{"held_by": {_R}}, {"held_past_by": _NOBODY}, {"net": 0, "through": 0.0}])
def test_handover_asks_for_the_other_hand_on_the_far_part(change: dict[str, Any]) -> None:
    assert _play([*_EPISODE[:4], _RECEIVED]).completed == 3
    assert _play([*_EPISODE[:4], _RECEIVED | {"held_past_by": frozenset({_L})}]).completed == 3
    assert _play([*_EPISODE[:4], _RECEIVED | change]).completed == 2


@pytest.mark.parametrize("change", [{"held_by": {_L}}, {"resting": False}, {"through": 0.049}, {"net": 0}])
def test_put_down_asks_for_a_lace_at_rest_and_still_threaded(change: dict[str, Any]) -> None:
    assert _play([*_EPISODE[:6], _PUT_DOWN | change]).completed == 4


def test_pull_asks_for_length() -> None:
    assert _play([*_EPISODE[:5], _PULLED | {"through": 0.069}]).completed == 3
    assert _play([*_EPISODE[:5], _PULLED | {"through": 0.070}]).completed == 4


def test_dropping_after_threading_allows_a_retry() -> None:
    retry = [_LYING, _LIFTED, _INSERTED, _LYING, _LIFTED, *_EPISODE[2:]]
    state = _play(retry)
    assert state.success and state.stage_times()["thread"] == 2.0 and state.stage_times()["handover"] == 7.0


def test_times_and_success_stay() -> None:
    state = _play([*_EPISODE, _LYING, _LIFTED])
    assert state.success and state.times == _play(_EPISODE).times


def _lift_for(ticks: int, gap: int | None = None) -> StageState:
    """Hold the lace up for some ticks of 50 ms, letting go at one of them."""
    machine = StageMachine("PickLace", PickGoal(_R))
    machine.update(_signals(0.0, **_LYING))
    for tick in range(1, ticks + 1):
        held_by = {"held_by": _NOBODY} if tick == gap else {}
        machine.update(_signals(0.05 * tick, **(_LIFTED | held_by)))
    return machine.state


def test_pick_lace_is_solved_after_half_a_second() -> None:
    assert not _lift_for(10).success
    assert _lift_for(11).success
    assert _lift_for(10).stage_times()["pick"] == pytest.approx(0.05)


def test_pick_lace_starts_over_when_the_lace_is_lost() -> None:
    assert not _lift_for(16, gap=6).success
    assert _lift_for(17, gap=6).success


def test_pick_goal_has_no_later_stage() -> None:
    assert _play([_LYING, _LIFTED, *_EPISODE[2:]], PickGoal(_R), "PickLace").completed == 1


def test_insert_aglet_is_solved_8_mm_past_the_disk() -> None:
    held = {"held_by": {_R}}
    shallow, deep = _INSERTED | {"through": 0.0079}, _INSERTED | {"through": 0.008}
    assert not _play([held, shallow], task="InsertAglet", starts_in_hand=True).success
    assert _play([held, deep], task="InsertAglet", starts_in_hand=True).success
    assert not _play([held, deep | {"net": -1}], task="InsertAglet", starts_in_hand=True).success


def test_restored_state_goes_on_as_before() -> None:
    machine = StageMachine("ThreadEyelet", _GOAL)
    for time, tick in enumerate(_EPISODE[:4]):
        machine.update(_signals(float(time), **tick))
    other = StageMachine("ThreadEyelet", _GOAL)
    other.state = machine.state
    for time, tick in enumerate(_EPISODE[4:], 4):
        assert machine.update(_signals(float(time), **tick)) == other.update(_signals(float(time), **tick))
    assert other.state == _play(_EPISODE)
