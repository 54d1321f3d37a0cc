"""Distil a steered policy into one that needs no noise predictor: the future work that GR-RL names (arXiv 2512.01801, section 6).

The steered policy shows what it would do in what it met; a student that begins as the base policy is matched to these chunks as
cloning matches demonstrations.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .. import checkpoint
from ..data.reader import ChunkReader
from ..policy_network import PolicyNetwork
from ..schedules import warm_cosine
from .cloning import KIND
from .loop import Resumable
from .samples import draw, to_tensors
from .steering import Steered


@dataclass(frozen=True)
class DistillationConfig:
    """Matching a student to a steered policy.

    Attributes:
        steps: gradient steps.
        batch: samples per step.
        learning_rate: of AdamW, at its highest.
        average: share of the old weights that the averaged ones keep in a step.
        seed: of batches and noise.
    """

    steps: int = 2000
    batch: int = 128
    learning_rate: float = 2e-4
    average: float = 0.99
    seed: int = 0


class Distillation(Resumable):
    """Learner of a flow policy that does without its teacher's noise predictor."""

    def __init__(
        self, config: DistillationConfig, teacher: Steered, student: PolicyNetwork, reader: ChunkReader
    ) -> None:
        """Begin as the base policy.

        Args:
            config: rates.
            teacher: what is distilled, frozen.
            student: a copy of the base policy, of which the action transformer learns.
            reader: of what the teacher met; the actions in it are not read.
        """
        torch.manual_seed(config.seed)
        self._config, self._teacher, self._reader = config, teacher, reader
        self._device = checkpoint.device()
        self.network = student
        weights = list(student.transformer.requires_grad_().parameters())
        self.averaged = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(config.average))
        self._optimizer = torch.optim.AdamW(weights, config.learning_rate, fused=True)
        self._schedule = warm_cosine(self._optimizer, config.steps)
        self._frames = np.arange(len(reader.arrays))

    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step on a fresh batch."""
        drawn = draw(self._reader, self._frames, self._config.batch, 0.0, numbers)
        batch = to_tensors(drawn, self._device)
        actions = self._taught(batch.observation, noise)
        loss = self.network.loss(batch.observation, actions, torch.ones_like(batch.valid), 1, noise)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self._schedule.step()
        self.averaged.update_parameters(self.network)
        return {"loss": loss.detach()}

    def save(self, path: Path) -> None:
        """Write the averaged weights as a policy like any other."""
        config = {"network": asdict(self.network.config), "distilled": asdict(self._config)}
        checkpoint.save_weights(path, KIND, config, self.averaged.module.state_dict())

    @torch.no_grad()
    def _taught(self, observation: dict[str, Tensor], noise: torch.Generator) -> Tensor:
        """Return the chunks (batch, chunk, 14) of the teacher."""
        context = self._teacher.policy.context(observation)
        first = next(iter(observation.values()))
        shape = (len(first), self.network.config.chunk, self.network.scale.numel())
        drawn = torch.randn(shape, generator=noise).to(self._device)
        return self._teacher.policy.decode(context, self._teacher.noise(context, drawn))

    def parts(self) -> dict[str, Any]:
        """Return what is saved and loaded."""
        return {
            "network": self.network,
            "averaged": self.averaged,
            "optimizer": self._optimizer,
            "schedule": self._schedule,
        }
