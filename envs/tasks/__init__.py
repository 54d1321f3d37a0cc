"""The tasks, by name."""

from ..exceptions import UnknownNameError
from .insert_aglet import INSERT_AGLET
from .lace_shoe import LACE_SHOE
from .pick_lace import PICK_LACE
from .task import Target, Task
from .thread_eyelet import THREAD_EYELET

TASKS: dict[str, Task] = {task.name: task for task in (PICK_LACE, INSERT_AGLET, THREAD_EYELET, LACE_SHOE)}


def find_task(name: str) -> Task:
    """Return a task by name.

    Raises:
        UnknownNameError: if there is no such task.
    """
    if name not in tuple(TASKS):
        raise UnknownNameError("task", name, TASKS)
    return TASKS[name]


__all__ = ["TASKS", "Target", "Task", "find_task"]
