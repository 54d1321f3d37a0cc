"""TD3+BC with chunked backups: the critic of GR-RL, offline on demonstrations.

Fujimoto and Gu, 2021 (arXiv 2106.06860); chunked backups as in Q-chunking (arXiv 2507.07969). The target of a chunk is
r_t + gamma^k Q(s_{t+k}, a'), with a' from a slowly following actor; all actions of the chunk share it, as each sees a
prefix of what was done.
"""

import copy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import checkpoint
from ..critic_network import CriticNetwork, pessimistic
from ..networks import Context, NetworkConfig
from ..networks.layers import KeysValues
from ..returns import GAMMA
from ..schedules import warm_cosine
from ..value_heads import ValueHead, find_head
from .grammar import freeze, teach
from .loop import Resumable
from .transitions import Transition, Transitions

KIND = "critic"
_IMITATION_SCALE = 0.01  # squared actions of demonstrators are about 0.1, not 1 as TD3+BC assumes


@dataclass(frozen=True)
class CriticConfig:
    """Critic by TD3+BC.

    Attributes:
        steps: gradient steps.
        batch: samples per step.
        learning_rate: of AdamW, at its highest.
        gamma: discount per tick.
        follow: share by which the target network follows in a step.
        guidance: weight of the critic in the actor's loss, alpha of TD3+BC.
        smoothing: standard deviation of the noise on the target actor's chunks.
        mirror: probability that a sample is mirrored.
        head: what outputs mean, `categorical` or `scalar`.
        seed: of weights and batches.
        network: sizes.
    """

    steps: int = 900
    batch: int = 256
    learning_rate: float = 1e-3
    gamma: float = GAMMA
    follow: float = 0.05
    guidance: float = 2.5
    smoothing: float = 0.05
    mirror: float = 0.0
    head: str = "categorical"
    seed: int = 0
    network: NetworkConfig = field(default_factory=NetworkConfig)


class TemporalDifference(Resumable):
    """Learner of a critic."""

    def __init__(self, config: CriticConfig, transitions: Transitions) -> None:
        """Begin with random weights."""
        torch.manual_seed(config.seed)
        self._config, self._transitions = config, transitions
        self._device = checkpoint.device()
        self.head = find_head(config.head, config.network.bins)
        self.network = CriticNetwork(config.network, self.head.outputs).to(self._device)
        teach(self.network)
        self.target = copy.deepcopy(self.network).requires_grad_(requires_grad=False)
        self._optimizer = torch.optim.AdamW(self.network.parameters(), config.learning_rate, fused=True)
        self._schedule = warm_cosine(self._optimizer, config.steps)

    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step on a fresh batch."""
        config = self._config
        batch = self._transitions.draw(numbers, config.batch, config.mirror, self._device)
        target = self._target(batch, noise)
        context = self.network.context(batch.now.observation)
        outputs = self.network.judge(context, batch.now.actions)
        critic_loss = chunk_loss(self.head, outputs, target)
        actor_loss, imitation = self._actor_loss(context, batch)
        self._optimizer.zero_grad(set_to_none=True)
        (critic_loss + actor_loss).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self._optimizer.step()
        self._schedule.step()
        follow(self.target, self.network, config.follow)
        value = self.head.value(outputs[..., -1, :].detach()).mean()
        return {"critic_loss": critic_loss.detach(), "imitation": imitation.detach(), "value": value}

    def save(self, path: Path) -> None:
        """Write the critic."""
        checkpoint.save_weights(path, KIND, asdict(self._config), self.network.state_dict())

    @torch.no_grad()
    def _target(self, batch: Transition, noise: torch.Generator) -> Tensor:
        context = self.target.context(batch.later.observation)
        actions = self.target.act(context)
        spread = self._config.smoothing
        shake = torch.randn(actions.shape, generator=noise).to(self._device) * spread
        actions = (actions + shake.clamp(-2 * spread, 2 * spread)).clamp(-1.0, 1.0)
        return backup(self.head, self.target, context, actions, batch)

    def _actor_loss(self, context: Context, batch: Transition) -> tuple[Tensor, Tensor]:
        """Return the loss of TD3+BC, and its share that imitates."""
        seen = [KeysValues(shown.keys.detach(), shown.values.detach()) for shown in context]
        actions = self.network.act(seen)
        value = self.head.value(frozen(self.network.critics[0], seen, actions)[:, -1])
        valid = batch.now.valid
        imitation = ((actions - batch.now.actions).square().mean(-1) * valid).sum() / valid.sum()
        weight = self._config.guidance / value.abs().mean().detach().clamp_min(1e-3)
        return imitation - _IMITATION_SCALE * weight * value.mean(), imitation

    def parts(self) -> dict[str, Any]:
        """Return what is saved and loaded."""
        return {
            "network": self.network,
            "target": self.target,
            "optimizer": self._optimizer,
            "schedule": self._schedule,
        }


def backup(head: ValueHead, target: CriticNetwork, context: Context, actions: Tensor, batch: Transition) -> Tensor:
    """Return r_t + gamma^k Q(s_{t+k}, a') as targets (batch, ...), from the more pessimistic of the target's critics.

    Args:
        head: what outputs mean.
        target: the slowly following network.
        context: of the later observations.
        actions: a', chunks (batch, chunk, 14) or what will be carried out of them.
        batch: rewards and discounts.
    """
    outputs = target.judge(context, actions)[:, :, -1]
    return head.backup(pessimistic(outputs, head.value(outputs)), batch.reward, batch.discount)


def chunk_loss(head: ValueHead, outputs: Tensor, target: Tensor) -> Tensor:
    """Return the mean loss of all critics after every action of the chunks.

    Beyond the end of a trajectory the hands rest, and that is worth what the last action was: chunks are judged as a whole,
    by backups and as progress, up to the last frame.

    Args:
        head: what outputs mean.
        outputs: (critics, batch, chunk, outputs).
        target: of the whole chunk (batch, ...), shared by its actions.
    """
    return head.loss(outputs, target[:, None].expand(*outputs.shape[1:])).mean()


def td_loss(
    head: ValueHead, critic: CriticNetwork, target: CriticNetwork, batch: Transition, actions: Tensor
) -> Tensor:
    """Return the loss of a critic on the chunks of a batch, given a' of the later observations, see `backup`."""
    with torch.no_grad():
        wanted = backup(head, target, target.context(batch.later.observation), actions, batch)
    outputs = critic.judge(critic.context(batch.now.observation), batch.now.actions)
    return chunk_loss(head, outputs, wanted)


@torch.no_grad()
def follow(slow: nn.Module, fast: nn.Module, share: float) -> None:
    """Move the weights of one network by a share towards those of another."""
    for behind, ahead in zip(slow.parameters(), fast.parameters(), strict=True):
        behind.lerp_(ahead, share)


def frozen(module: nn.Module, *inputs: Any) -> Tensor:
    """Return a module's output whose gradient reaches the inputs but not the module's own weights."""
    weights = {name: weight.detach() for name, weight in module.named_parameters()}
    output: Tensor = torch.func.functional_call(module, weights, inputs)
    return output


def load_critic(path: Path) -> tuple[CriticNetwork, ValueHead]:
    """Return the critic of a checkpoint, and what its outputs mean.

    Raises:
        CheckpointError: there is none, or it holds something else.
    """
    config, weights = checkpoint.load_weights(path, KIND)
    size = NetworkConfig(**config["network"])
    head = find_head(config["head"], size.bins)
    network = CriticNetwork(size, head.outputs).to(checkpoint.device())
    network.load_state_dict(weights)
    freeze(network)
    return network, head
