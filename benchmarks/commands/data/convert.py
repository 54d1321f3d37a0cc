"""`lacelab data convert`: other formats."""

from dataclasses import dataclass
from pathlib import Path

import tyro


@dataclass(frozen=True)
class Convert:
    """Write a dataset in another format: minari."""

    root: tyro.conf.Positional[Path]
    """Folder of the dataset."""
    out: Path
    """Folder to write; its name is the new dataset's id, for example lacelab/thread-eyelet-v0."""
    to: str = "minari"
    """Format."""

    def run(self) -> int:
        """Convert."""
        from lacelab.agents.data.minari import convert_to_minari
        from lacelab.envs.exceptions import UnknownNameError

        if self.to != "minari":
            raise UnknownNameError("format", self.to, ("minari",))
        print(f"{self.to}: {convert_to_minari(self.root, self.out)}")
        return 0
