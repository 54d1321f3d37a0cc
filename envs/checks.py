"""Checks of what comes into the environment from outside."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import language
from .exceptions import InstructionError, InvalidActionError, ParameterError, UnknownNameError
from .goals import EyeletGoal, PickGoal, goal_kinds
from .spec import ACTION_SIZE, SIDES

RESET_OPTIONS = ("mirror", "instruction", "overrides")


def check_name(kind: str, name: object, valid: tuple[object, ...]) -> None:
    """Refuse a name that is not in its registry.

    Raises:
        UnknownNameError: listing the valid names.
    """
    if name not in valid:
        raise UnknownNameError(kind, name, [str(value) for value in valid])


def check_action(action: Any) -> NDArray[np.float64]:
    """Return an action as an array (14,).

    Raises:
        InvalidActionError: if it holds no numbers, has a wrong shape or is not finite.
    """
    array = _numbers(action)
    if array.shape != (ACTION_SIZE,):
        raise InvalidActionError(
            f"An action has shape ({ACTION_SIZE},), not {array.shape}: seven values for each of {', '.join(SIDES)}."
        )
    if not np.isfinite(array).all():
        bad = np.flatnonzero(~np.isfinite(array)).tolist()
        raise InvalidActionError(f"An action is finite; entries {bad} are {array[bad].tolist()}.")
    return array


def _numbers(action: Any) -> NDArray[np.float64]:
    try:
        array = np.asarray(action)
    except ValueError as error:
        raise InvalidActionError(f"An action holds {ACTION_SIZE} numbers, not {action!r}.") from error
    if array.dtype.kind not in "biuf":
        raise InvalidActionError(f"An action holds {ACTION_SIZE} numbers, not {array.dtype}.")
    return array.astype(np.float64)


def check_options(options: Any) -> dict[str, Any]:
    """Return the options of a reset, those that were not given as they are without.

    Raises:
        UnknownNameError: if there is no such option.
        ParameterError: if one has a wrong type.
    """
    if not isinstance(options, Mapping):
        raise ParameterError("options", options, f"a mapping of {', '.join(RESET_OPTIONS)}")
    for name in options:
        check_name("reset option", name, RESET_OPTIONS)
    if not isinstance(options.get("mirror", False), bool | np.bool_):
        raise ParameterError("mirror", options["mirror"], "True or False")
    return {"mirror": False, "overrides": {}, **options}


def parse_goal(task: str, text: str) -> EyeletGoal | None:
    """Return the goal that an instruction names; None if it leaves the goal to the seed ("lace the shoe").

    Raises:
        InstructionError: if it is no sentence, or one for another task.
    """
    if not isinstance(text, str):
        raise InstructionError(f"An instruction is a sentence, not {text!r}. Valid: 'lace the shoe', for example.")
    goal, kinds = language.parse(text), goal_kinds(task)
    if not isinstance(goal, kinds):
        valid = " or ".join(kind.__name__ for kind in kinds)
        raise InstructionError(f"'{text}' is no instruction for {task}: it means {goal}. Valid: {valid}.")
    if isinstance(goal, PickGoal):
        return EyeletGoal(goal.lace, goal.lace, 0)
    return goal if isinstance(goal, EyeletGoal) else None
