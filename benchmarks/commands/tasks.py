"""`lacelab tasks`: what there is to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tasks:
    """List the tasks and difficulties."""

    def run(self) -> int:
        """Print the tables."""
        from rich import box
        from rich.console import Console
        from rich.table import Table

        from lacelab.envs.episode import LAYOUTS
        from lacelab.envs.registry import environment_id
        from lacelab.envs.tasks import TASKS

        tasks = Table("task", "id", "what it asks for", "limit", box=box.SIMPLE_HEAD)
        for name, task in TASKS.items():
            tasks.add_row(name, environment_id(name), task.summary, f"{task.time_limit:.0f} s")
        difficulties = Table("difficulty", "eyelet", "shoe moves", "shoe turns", "laces cross", box=box.SIMPLE_HEAD)
        for name, layout in LAYOUTS.items():
            difficulties.add_row(
                name,
                f"{1e3 * layout.eyelet_diameter:.0f} mm",
                f"{1e3 * layout.shift:.0f} mm",
                f"{57.29578 * layout.turn:.0f} deg",
                f"{layout.far_side:.0%}",
            )
        Console().print(tasks, difficulties)
        return 0
