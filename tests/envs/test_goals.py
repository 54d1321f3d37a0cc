import pytest

from lacelab.envs.exceptions import InstructionError, UnknownNameError
from lacelab.envs.goals import EyeletGoal, PickGoal, ShoeGoal, all_goals, goal_kinds
from lacelab.envs.spec import TASKS, Side


def test_right_lace_enters_right_flap_from_outside_and_left_flap_from_inside() -> None:
    assert EyeletGoal(Side.RIGHT, Side.RIGHT, 0).direction == 1
    assert EyeletGoal(Side.RIGHT, Side.LEFT, 0).direction == -1
    assert EyeletGoal(Side.LEFT, Side.LEFT, 0).direction == 1


def test_own_hand_inserts_and_other_receives() -> None:
    for side in Side:
        goal = EyeletGoal(Side.RIGHT, side, 0)
        assert (goal.inserting_hand, goal.receiving_hand) == (Side.RIGHT, Side.LEFT)


@pytest.mark.parametrize("task", TASKS)
def test_mirror_permutes_the_goals_of_a_task(task: str) -> None:
    goals = all_goals(task)
    assert {goal.mirrored() for goal in goals} == set(goals)
    assert [goal.mirrored().mirrored() for goal in goals] == list(goals)


def test_mirror_keeps_direction_and_swaps_hands() -> None:
    for goal in all_goals("ThreadEyelet"):
        assert isinstance(goal, EyeletGoal)
        assert goal.mirrored().direction == goal.direction
        assert goal.mirrored().inserting_hand is goal.receiving_hand


def test_goals_per_task() -> None:
    assert [len(all_goals(task)) for task in TASKS] == [2, 12, 12, 13]
    assert goal_kinds("PickLace") == (PickGoal,)
    assert goal_kinds("LaceShoe") == (ShoeGoal, EyeletGoal)


def test_unknown_task_lists_the_valid_ones() -> None:
    with pytest.raises(UnknownNameError, match="Unknown task 'PickLaces'. Did you mean 'PickLace'"):
        all_goals("PickLaces")


@pytest.mark.parametrize("index", [-1, 3])
def test_eyelet_outside_the_shoe(index: int) -> None:
    with pytest.raises(InstructionError, match=f"No eyelet with index {index}. Valid: 0 to 2"):
        EyeletGoal(Side.LEFT, Side.LEFT, index)
