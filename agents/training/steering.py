"""Online RL in the noise space of a frozen flow policy: stage three of GR-RL (arXiv 2512.01801, section 3.4).

A noise predictor steers the policy; a critic of noise is distilled from the critic of actions, which goes on learning from
what was wanted in rollouts. The policy itself stays as it is.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lacelab.envs.parameters import check_count
from lacelab.envs.spec import ACTION_SIZE

from .. import checkpoint, flow
from ..critic_network import CriticNetwork
from ..networks import ChunkTransformer, Context, CriticTransformer, NetworkConfig
from ..policy_network import PolicyNetwork
from ..value_heads import ValueHead
from .online_learner import BUFFERS, MOST, OnlineLearner
from .td import follow, frozen, td_loss
from .transitions import Transition, Transitions

KIND = "noise predictor"


@dataclass(frozen=True)
class SteeringConfig:
    """Learning to choose the noise.

    Attributes:
        batch: samples per step, shared evenly by the buffers.
        learning_rate: of AdamW for predictor and noise critics.
        critic_learning_rate: for the critic of actions.
        noise_critics: size of the ensemble; the predictor climbs their lowest value.
        spread: deviation of the noise that is drawn around the predicted one. With that of the policy an untrained
            predictor leaves it as it is; with 0, as in the paper, it starts from the noise 0, which is another policy.
        bound: deviations of |eps|^2 / 2 above its mean that cost nothing.
        hinge: cost beyond, c of the paper.
        follow: share by which the target critic follows in a step.
        aware: of the deployment mode, as it is when it acts; see `foresight`.
        seed: of weights and batches.
    """

    batch: int = 256
    learning_rate: float = 3e-4
    critic_learning_rate: float = 3e-4
    noise_critics: int = 2
    spread: float = flow.SPREAD
    bound: float = 1.0
    hinge: float = 0.1
    follow: float = 0.005
    aware: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be learned with.

        Raises:
            ParameterError: naming the valid range.
        """
        check_count("batch", self.batch, BUFFERS, MOST)
        check_count("noise_critics", self.noise_critics, 1, 100)


class Steering(OnlineLearner):
    """Learner of a noise predictor."""

    def __init__(
        self,
        config: SteeringConfig,
        policy: PolicyNetwork,
        critic: CriticNetwork,
        head: ValueHead,
        buffers: tuple[Transitions, ...],
    ) -> None:
        """Begin with a predictor of zeros; see `OnlineLearner`."""
        super().__init__(policy, critic, head, buffers)
        self._config = config
        torch.manual_seed(config.seed)
        size = policy.config
        self._shape = (size.chunk, ACTION_SIZE)
        self.predictor = ChunkTransformer(size).to(self.device)
        self.noise_critics = nn.ModuleList(
            CriticTransformer(size, head.outputs) for _ in range(config.noise_critics)
        ).to(self.device)
        steered = [*self.predictor.parameters(), *self.noise_critics.parameters()]
        groups: list[dict[str, Any]] = [
            {"params": steered},
            {"params": list(critic.parameters()), "lr": config.critic_learning_rate},
        ]
        self._optimizer = torch.optim.AdamW(groups, config.learning_rate, fused=True)

    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step for the critic of actions, the critics of noise and the predictor."""
        batch = self.draw(numbers, self._config.batch)
        with torch.no_grad():
            context = self._policy.context(batch.now.observation)
        critic_loss = self._critic_loss(batch, noise)
        distillation = self._distillation_loss(batch, context, noise)
        steering, size_of_noise = self._steering_loss(context, noise)
        self._optimizer.zero_grad(set_to_none=True)
        (critic_loss + distillation + steering).backward()
        self._optimizer.step()
        follow(self.target, self.critic, self._config.follow)
        return {
            "critic_loss": critic_loss.detach(),
            "distillation": distillation.detach(),
            "steering": steering.detach(),
            "noise": size_of_noise,
        }

    def update_critics(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step for the critics only: the warm start, before the predictor moves."""
        batch = self.draw(numbers, self._config.batch)
        with torch.no_grad():
            context = self._policy.context(batch.now.observation)
        critic_loss = self._critic_loss(batch, noise)
        distillation = self._distillation_loss(batch, context, noise)
        self._optimizer.zero_grad(set_to_none=True)
        (critic_loss + distillation).backward()
        self._optimizer.step()
        follow(self.target, self.critic, self._config.follow)
        return {"critic_loss": critic_loss.detach(), "distillation": distillation.detach()}

    @torch.no_grad()
    def compare(
        self, observation: Mapping[str, Tensor], noises: int, noise: torch.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return values (states, noises) by the critics of noise and by those of actions, of noise that the policy would draw."""
        repeated = {name: entry.repeat_interleave(noises, 0) for name, entry in observation.items()}
        context = self._policy.context(repeated)
        eps = flow.SPREAD * torch.randn(len(context[0].keys), *self._shape, generator=noise).to(self.device)
        judged = self.target.judge(self.target.context(repeated), self.offered(context, eps))
        by_noise = torch.stack([critic(context, eps) for critic in self.noise_critics])
        values = (self._head.value(outputs[:, :, -1]).min(dim=0).values for outputs in (by_noise, judged))
        first, second = (value.unflatten(0, (-1, noises)).cpu().numpy() for value in values)
        return first, second

    def save(self, path: Path) -> None:
        """Write policy and predictor in one file."""
        weights = {f"policy.{name}": value for name, value in self._policy.state_dict().items()}
        weights |= {f"predictor.{name}": value for name, value in self.predictor.state_dict().items()}
        config = {"steering": asdict(self._config), "network": asdict(self._policy.config)}
        checkpoint.save_weights(path, KIND, config, weights)

    def _critic_loss(self, batch: Transition, noise: torch.Generator) -> Tensor:
        """Return the loss of TD on what was wanted; a' is what the steered policy would do."""
        with torch.no_grad():
            later = self._policy.context(batch.later.observation)
            actions = self.offered(later, self._steered_noise(later, noise))
        return td_loss(self._head, self.critic, self.target, batch, actions)

    def _distillation_loss(self, batch: Transition, context: Context, noise: torch.Generator) -> Tensor:
        """Return the cross-entropy of the noise critics with the critic of the actions that noise leads to."""
        with torch.no_grad():
            eps = self._mixed_noise(context, noise)
            actions = self.offered(context, eps)
            judged = self.target.judge(self.target.context(batch.now.observation), actions)[:, :, -1]
            target = torch.stack([self._head.distil(outputs) for outputs in judged]).mean(dim=0)
        losses = [self._head.loss(critic(context, eps)[:, -1], target).mean() for critic in self.noise_critics]
        return torch.stack(losses).mean()

    def _mixed_noise(self, context: Context, noise: torch.Generator) -> Tensor:
        """Return noise (batch, chunk, 14): half of it drawn from N(0, I), half as steered."""
        steered = self._steered_noise(context, noise)
        drawn = torch.randn(steered.shape, generator=noise).to(self.device)
        chosen = torch.rand(len(steered), 1, 1, generator=noise).to(self.device) < 0.5
        return torch.where(chosen, drawn, steered)

    def _steered_noise(self, context: Context, noise: torch.Generator) -> Tensor:
        """Return what the steered policy starts from, (batch, chunk, 14)."""
        predicted = self.predictor(context)
        drawn = torch.randn(predicted.shape, generator=noise).to(self.device)
        return predicted + self._config.spread * drawn

    def _steering_loss(self, context: Context, noise: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the predictor's loss, and the mean of |eps|^2 / 2."""
        eps = self._steered_noise(context, noise)
        values = torch.stack([self._head.value(frozen(c, context, eps)[:, -1]) for c in self.noise_critics])
        size = eps.square().sum(dim=(1, 2)) / 2
        excess = hinge(size, self._policy.config.chunk * ACTION_SIZE, self._config.bound)
        return (self._config.hinge * excess - values.min(dim=0).values).mean(), size.mean().detach()

    def parts(self) -> dict[str, Any]:
        """Return what is saved and loaded."""
        return {
            "critic": self.critic,
            "target": self.target,
            "predictor": self.predictor,
            "noise_critics": self.noise_critics,
            "optimizer": self._optimizer,
        }


def hinge(size: Tensor, dimensions: int, bound: float) -> Tensor:
    """Return by how much |eps|^2 / 2 (batch,) exceeds what noise of N(0, I) has.

    |eps|^2 / 2 has the mean n/2 and the deviation sqrt(n/2) for n dimensions; `bound` counts deviations.
    """
    beta = dimensions / 2 + bound * (dimensions / 2) ** 0.5
    return (size - beta).clamp_min(0.0)


class Steered(NamedTuple):
    """A policy and what chooses its noise."""

    policy: PolicyNetwork
    predictor: ChunkTransformer
    spread: float  # of the noise around the predicted one
    aware: bool = True  # of the deployment mode when it learned, and so when it acts
    draws: int = 1

    def choose(self, observation: Mapping[str, Tensor], context: Context, drawn: Tensor) -> Tensor:
        """Return where the flow starts; see `learned.Chooser`."""
        return self.noise(context, drawn)

    def noise(self, context: Context, drawn: Tensor) -> Tensor:
        """Return where the flow starts, (batch, chunk, 14), given noise of N(0, I) of that shape."""
        predicted: Tensor = self.predictor(context)
        return predicted + self.spread * drawn


def load_steered(path: Path) -> Steered:
    """Return policy and noise predictor of a checkpoint, ready to act.

    Raises:
        CheckpointError: there is none, or it holds something else.
    """
    config, weights = checkpoint.load_weights(path, KIND)
    size = NetworkConfig(**config["network"])
    policy, predictor = PolicyNetwork(size), ChunkTransformer(size)
    checkpoint.fill({"policy.": policy, "predictor.": predictor}, weights)
    return Steered(policy, predictor, config["steering"]["spread"], config["steering"].get("aware", True))
