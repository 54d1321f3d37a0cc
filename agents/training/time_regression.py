"""Regression of t / T: the progress that GR-RL compares its critic with; blind to failures by construction."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import checkpoint
from ..data.reader import ChunkReader
from ..networks import CriticTransformer, NetworkConfig, make_backbone
from ..schedules import warm_cosine
from .grammar import teach
from .loop import Resumable
from .samples import Samples, draw, to_tensors


@dataclass(frozen=True)
class TimeConfig:
    """Regression of t / T on successful demonstrations.

    Attributes:
        steps: gradient steps.
        batch: samples per step.
        learning_rate: at its highest.
        seed: of weights and batches.
        network: sizes.
    """

    steps: int = 2000
    batch: int = 256
    learning_rate: float = 1e-3
    seed: int = 0
    network: NetworkConfig = field(default_factory=NetworkConfig)


class TimeRegression(Resumable):
    """Learner of elapsed shares of time."""

    def __init__(self, config: TimeConfig, reader: ChunkReader, frames: NDArray[np.int64]) -> None:
        """Begin with random weights; `frames` are those of successful demonstrations."""
        torch.manual_seed(config.seed)
        self._config, self._reader, self._frames = config, reader, frames
        self.device = checkpoint.device()
        reading = CriticTransformer(config.network, outputs=1)
        self.network = nn.ModuleList([make_backbone(config.network), reading]).to(self.device)
        teach(self.network)
        self._optimizer = torch.optim.AdamW(self.network.parameters(), config.learning_rate, fused=True)
        self._schedule = warm_cosine(self._optimizer, config.steps)
        arrays = reader.arrays
        starts = arrays.starts[arrays.episode]
        self._elapsed = ((np.arange(len(arrays)) - starts) / np.maximum(arrays.stop - 1 - starts, 1)).astype(np.float32)

    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | Tensor]:
        """Take one step on a fresh batch."""
        del noise
        samples = to_tensors(draw(self._reader, self._frames, self._config.batch, 0.0, numbers), self.device)
        elapsed = torch.from_numpy(self._elapsed[samples.frame]).to(self.device)
        loss = (self.predict(samples) - elapsed).square().mean()
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self._schedule.step()
        return {"loss": loss.detach()}

    def predict(self, samples: Samples) -> Tensor:
        """Return elapsed shares of time (batch,)."""
        backbone, reading = self.network
        outputs: Tensor = reading(backbone(samples.observation), samples.actions)
        return outputs[:, -1, 0]

    def parts(self) -> dict[str, Any]:
        """Return what is saved and loaded."""
        return {"network": self.network, "optimizer": self._optimizer, "schedule": self._schedule}
