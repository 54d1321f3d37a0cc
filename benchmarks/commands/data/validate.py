"""`lacelab data validate`: is a dataset whole?"""

from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class Validate:
    """Find what is missing, torn, reordered, not a number or of another version, and say where."""

    root: tyro.conf.Positional[Path]
    """Folder of the dataset."""

    def run(self) -> int:
        """Print the problems; exit code 1 if there are any."""
        from lacelab.agents.data.validate import validate

        problems = validate(self.root)
        for problem in problems:
            print(problem)
        count = f"{len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}"
        print(f"{self.root}: {count}")
        return int(bool(problems))
