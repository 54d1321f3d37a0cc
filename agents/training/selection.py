"""Online RL without a noise predictor: of some chunks that a frozen flow policy offers, carry out the one that its critic values most.

Best-of-N sampling (Q-chunking, Li et al., 2025, arXiv 2507.07969; EMaQ, Ghasemipour et al., 2021, arXiv 2007.11091). Chunks stay
what the policy would do by itself, whereas a predictor of noise follows the slopes of its critics to where these know nothing.
What is learned is the value of whatever was wanted when the policy as it is goes on from there: one step of improvement.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lacelab.envs.parameters import check_count

from .. import checkpoint, flow
from ..critic_network import CriticNetwork
from ..learned import carried_out
from ..networks import Context, NetworkConfig
from ..policy_network import PolicyNetwork
from ..value_heads import ValueHead, find_head
from .online_learner import BUFFERS, MOST, OnlineLearner
from .td import follow, td_loss
from .transitions import Transitions

KIND = "selecting policy"


@dataclass(frozen=True)
class SelectionConfig:
    """Learning to judge what a policy offers.

    Attributes:
        batch: samples per step, shared evenly by the buffers.
        learning_rate: of AdamW.
        candidates: chunks to choose from.
        follow: share by which the target critic follows in a step.
        seed: of batches and noise.
    """

    batch: int = 256
    learning_rate: float = 3e-4
    candidates: int = 8
    follow: float = 0.01
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be learned with.

        Raises:
            ParameterError: naming the valid range.
        """
        check_count("batch", self.batch, BUFFERS, MOST)
        check_count("candidates", self.candidates, 1, 1000)


class Selection(OnlineLearner):
    """Learner of the critic that selects."""

    def __init__(
        self,
        config: SelectionConfig,
        policy: PolicyNetwork,
        critic: CriticNetwork,
        head: ValueHead,
        buffers: tuple[Transitions, ...],
    ) -> None:
        """Begin with a critic; see `OnlineLearner`."""
        super().__init__(policy, critic, head, buffers)
        self._config = config
        torch.manual_seed(config.seed)
        self._optimizer = torch.optim.AdamW(critic.parameters(), config.learning_rate, fused=True)

    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step on a fresh batch."""
        batch = self.draw(numbers, self._config.batch)
        with torch.no_grad():
            later = self._policy.context(batch.later.observation)
            drawn = torch.randn(batch.now.actions.shape, generator=noise).to(self.device)
            actions = self.offered(later, flow.SPREAD * drawn)
        loss = td_loss(self._head, self.critic, self.target, batch, actions)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        follow(self.target, self.critic, self._config.follow)
        return {"critic_loss": loss.detach()}

    def update_critics(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step of the warm start, which is one like any other."""
        return self.update(numbers, noise)

    def save(self, path: Path) -> None:
        """Write policy and target critic in one file."""
        weights = {f"policy.{name}": value for name, value in self._policy.state_dict().items()}
        weights |= {f"critic.{name}": value for name, value in self.target.state_dict().items()}
        head = "categorical" if self._head.outputs > 1 else "scalar"
        config = {"selection": asdict(self._config), "network": asdict(self._policy.config), "head": head}
        checkpoint.save_weights(path, KIND, config, weights)

    def parts(self) -> dict[str, Any]:
        """Return what is saved and loaded."""
        return {"critic": self.critic, "target": self.target, "optimizer": self._optimizer}


class Selecting(NamedTuple):
    """A policy and the critic that chooses among its chunks."""

    policy: PolicyNetwork
    critic: CriticNetwork
    head: ValueHead
    draws: int

    def choose(self, observation: Mapping[str, Tensor], context: Context, drawn: Tensor) -> Tensor:
        """Return where the flow to the most valuable chunk starts; see `learned.Chooser`."""
        noise = flow.SPREAD * drawn
        chunks = self.policy.decode([shown.repeated(self.draws) for shown in context], noise)
        actions = chunks[:, : carried_out(chunks.shape[1])]
        seen = [shown.repeated(self.draws) for shown in self.critic.context(observation)]
        values = self.head.value(self.critic.judge(seen, actions)[:, :, -1]).min(dim=0).values
        return noise[values.argmax()][None]


def load_selecting(path: Path) -> Selecting:
    """Return policy and critic of a checkpoint, ready to act.

    Raises:
        CheckpointError: there is none, or it holds something else.
    """
    config, weights = checkpoint.load_weights(path, KIND)
    size = NetworkConfig(**config["network"])
    head = find_head(config["head"], size.bins)
    policy, critic = PolicyNetwork(size), CriticNetwork(size, head.outputs)
    checkpoint.fill({"policy.": policy, "critic.": critic}, weights)
    return Selecting(policy, critic, head, config["selection"]["candidates"])
