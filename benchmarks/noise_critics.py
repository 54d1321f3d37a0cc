"""How well critics of noise rank noises: within a state, against the critic of actions that they are distilled from.

    python -m lacelab.benchmarks.noise_critics --run runs/0 --out benchmarks/results/gr_rl/noise-critics.json

A predictor of noise climbs these critics. Where they rank noises no better than chance, it climbs nothing that is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import tyro

from lacelab.agents.data.files import read_json
from lacelab.agents.exceptions import RunError
from lacelab.agents.pipeline import CRITIC
from lacelab.agents.rollouts import as_reader
from lacelab.agents.stage import CONFIG, POLICY
from lacelab.agents.training.cloning import load_policy
from lacelab.agents.training.loop import STATE
from lacelab.agents.training.online import OnlineConfig, roll_out_warm
from lacelab.agents.training.samples import to_tensors
from lacelab.agents.training.steering import Steering, SteeringConfig
from lacelab.agents.training.td import load_critic

from .files import write_json
from .program import start
from .ranking import rank
from .versions import git_commit


@dataclass(frozen=True)
class NoiseCritics:
    """Judge noises in states that the mirrored policy met."""

    folder: Annotated[Path, tyro.conf.arg(name="run")]
    """Folder of the training run."""
    out: Path
    """JSON file to write."""
    name: str = "steered"
    """Folder of the steered policy in the run."""
    states: int = 200
    """States, evenly from the rollouts of the mirrored policy."""
    noises: int = 16
    """Noises in each."""

    def run(self) -> None:
        """Write and print how well the critics of noise rank."""
        config = read_json(self.folder / self.name / CONFIG)["config"]
        if config.get("learner") != Steering.__name__:
            raise RunError(
                f"'{self.folder / self.name}' has no critics of noise: it is not made by `lacelab train steer`."
            )
        learner, saved = self._learner(config["rates"])
        states = self._met(OnlineConfig.of(config), learner)
        values = learner.compare(states, self.noises, torch.Generator().manual_seed(0))
        found = rank(*values)
        steps = {"steps": saved, "noises": self.noises}
        write_json(self.out, {"name": self.name, **steps, **found._asdict(), "commit": git_commit()})
        print(f"rank correlation within a state: {found.correlation:.3f} [{found.low:.3f}, {found.high:.3f}]")

    def _learner(self, rates: Mapping[str, Any]) -> tuple[Steering, int]:
        policy = load_policy(self.folder / "mirrored" / POLICY)
        learner = Steering(SteeringConfig(**rates), policy, *load_critic(self.folder / "critic" / CRITIC), ())
        saved = torch.load(self.folder / self.name / STATE, map_location="cpu", weights_only=True)
        learner.load(saved["learner"])
        return learner, int(saved["step"])

    def _met(self, config: OnlineConfig, learner: Steering) -> dict[str, torch.Tensor]:
        reader, _ = as_reader(roll_out_warm(config, self.folder / "mirrored" / POLICY, workers=1), 1)
        frames = np.linspace(0, len(reader.arrays) - 1, self.states).astype(np.int64)
        return to_tensors(reader.read(frames, np.zeros(self.states, bool)), learner.device).observation


if __name__ == "__main__":
    start(NoiseCritics)
