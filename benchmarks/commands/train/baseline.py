"""`lacelab train baseline`: what GR-RL is compared with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Baseline:
    """Train SAC, TD3 or PPO from scratch, or DSRL on a cloned policy (Stable-Baselines3), in the deployment mode."""

    out: Path
    """Folder of the run; the same command goes on from what is there."""
    algorithm: Literal["sac", "td3", "ppo", "dsrl"] = "sac"
    """dsrl: SAC that chooses the noise of --policy, which stays as it is."""
    policy: Path | None = None
    """Checkpoint of a flow policy, for dsrl."""
    task: str = "ThreadEyelet"
    """Task; `lacelab tasks` lists them."""
    difficulty: str = "standard"
    """easy, standard or hard."""
    reward: Literal["sparse", "dense"] = "sparse"
    """1 for success, or partial progress as well."""
    steps: int = 100_000
    """Of the algorithm; one of dsrl carries out several actions."""
    seed: int = 0
    """Of everything random."""

    def run(self) -> int:
        """Train and say where the archive is, which `lacelab eval --policy` takes."""
        from lacelab.agents.baselines import MODEL, BaselineConfig, train_baseline

        from .show import training

        config = BaselineConfig(
            algorithm=self.algorithm,
            task=self.task,
            difficulty=self.difficulty,
            reward=self.reward,
            steps=self.steps,
            seed=self.seed,
            policy=str(self.policy or ""),
        )
        with training(self.algorithm, self.steps) as on_step:
            train_baseline(config, self.out, on_step=lambda step: on_step(step, {}))
        print(self.out / MODEL)
        return 0
