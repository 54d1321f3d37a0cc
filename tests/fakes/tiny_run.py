"""All stages of GR-RL, tiny, on synthetic demonstrations and rollouts."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import recordings
import torch
from observations import TINY, awaken
from synthetic_frames import synthetic_rows

from lacelab.agents.checkpoint import save_weights
from lacelab.agents.critic_network import CriticNetwork
from lacelab.agents.data.schema import FORMAT
from lacelab.agents.data.writer import write_dataset
from lacelab.agents.distilling import distil, imitate
from lacelab.agents.pipeline import CRITIC, Run, RunConfig
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.agents.rollouts import Rollout, RolloutSpec
from lacelab.agents.stage import POLICY
from lacelab.agents.training import td
from lacelab.agents.training.cloning import KIND, CloningConfig
from lacelab.agents.training.online import OnlineConfig
from lacelab.agents.training.selection import SelectionConfig
from lacelab.agents.training.steering import SteeringConfig
from lacelab.agents.training.td import CriticConfig

CONFIG = RunConfig(
    seed=3,
    dropped=0.2,
    network=TINY,
    cloning=CloningConfig(steps=2, batch=4),
    critic=CriticConfig(steps=2, batch=4),
    online=OnlineConfig(warm_episodes=2, critic_steps=1, rounds=1, episodes=1, updates=1, demonstrations=True),
    steering=SteeringConfig(batch=6),
    selection=SelectionConfig(batch=6, candidates=2),
    distillation=CloningConfig(steps=2, batch=4),
)
EPISODES = 4  # that are imitated


def opened(folder: Path) -> Run:
    """Write demonstrations, and return a run on them in which nothing is done yet."""
    episodes = [recordings.make(seed, length=12) for seed in range(6)]
    write_dataset(folder / "data", episodes, {"format": FORMAT, "task": "ThreadEyelet", "difficulty": "standard"})
    return Run(CONFIG, folder / "data", folder / "run", {"commit": "abc"})


def train(run: Run) -> None:
    """Go through all stages; to be called where `roll_out` takes the place of the real one."""
    run.clone("cloned", quiet)
    run.judge(quiet)
    run.filter()
    run.clone("filtered", quiet)
    run.clone("mirrored", quiet)
    run.steer(1, lambda point: None)
    run.select(1, lambda point: None)
    distil(run, 1, quiet)
    imitate(run, EPISODES, 1, lambda rollout: None, quiet)


def roll_out(spec: RolloutSpec) -> Rollout:
    """Return eight ticks, which succeed where the seed is odd."""
    reward = np.zeros(8, np.float32)
    reward[-1] = spec.seed % 2
    return Rollout(synthetic_rows(8, np.random.default_rng(spec.seed)), reward, 5)


def quiet(step: int, metrics: dict[str, float]) -> None:
    """Show nothing."""


def write_untrained(folder: Path) -> None:
    """Write the mirrored policy and the critic of a run, of random weights."""
    torch.manual_seed(0)
    policy, critic = PolicyNetwork(TINY), CriticNetwork(TINY, TINY.bins)
    awaken(policy)
    awaken(critic, seed=1)
    save_weights(folder / "mirrored" / POLICY, KIND, {"network": asdict(TINY)}, policy.state_dict())
    save_weights(folder / "critic" / CRITIC, td.KIND, asdict(CriticConfig(network=TINY)), critic.state_dict())
