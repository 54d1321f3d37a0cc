"""Clone demonstrations by flow matching: rows one to three of GR-RL, which differ in frames and mirroring only."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .. import checkpoint
from ..data.reader import ChunkReader
from ..networks import NetworkConfig
from ..policy_network import PolicyNetwork
from . import parallel
from .context import among_other_laces
from .descent import Descent
from .grammar import teach
from .low_precision import Shadow
from .perturbation import perturbed
from .samples import draw, to_tensors

KIND = "flow policy"
WAITING = "flow policy that waits by itself"
"""One that has seen hands wait before they close, and needs nobody who holds them back."""
HANDING_OVER = "flow policy that hands over in the air"
"""One that has seen laces go from hand to hand with nothing else to hold them."""
_SCALE_FRAMES = 20_000  # for the scale of the actions


@dataclass(frozen=True)
class CloningConfig:
    """Cloning by flow matching.

    Attributes:
        steps: gradient steps.
        batch: samples per step.
        draws: of noise and time for each sample.
        learning_rate: of AdamW, at its highest.
        matrix_learning_rate: of Muon, at its highest.
        weight_decay: of both.
        average: share of the old weights that the averaged ones keep in a step.
        mirror: probability that a sample is mirrored.
        perturb: probability that a hand of a sample is shown displaced, see `perturbation`.
        among: probability that the lace that is not asked for is shown as in another sample, see `context`.
        compiled: compile the loss first, which takes a C++ compiler and minutes; then steps take less time.
        seed: of weights and batches.
        network: sizes.
    """

    steps: int = 18000
    batch: int = 128
    draws: int = 1
    learning_rate: float = 1e-3
    matrix_learning_rate: float = 6e-3
    weight_decay: float = 1e-4
    average: float = 0.998
    mirror: float = 0.0
    perturb: float = 0.5
    among: float = 0.0
    compiled: bool = False
    seed: int = 0
    network: NetworkConfig = field(default_factory=NetworkConfig)


class Cloning:
    """Learner of a flow policy, alone or as one of several processes; a batch is then shared by them."""

    def __init__(
        self,
        config: CloningConfig,
        reader: ChunkReader,
        frames: NDArray[np.int64],
        start: PolicyNetwork | None = None,
    ) -> None:
        """Begin.

        Args:
            config: sizes and rates.
            reader: of demonstrations; its chunk must be the network's.
            frames: global indices of the samples to clone.
            start: whose weights and scale to begin with; random ones without.
        """
        torch.manual_seed(config.seed)
        self._config, self._reader, self._frames = config, reader, frames
        self._device = checkpoint.device()
        self.network = PolicyNetwork(config.network).to(self._device)
        teach(self.network)
        if start is None:
            self._set_scale()
        else:
            self.network.load_state_dict(start.state_dict())
        self.averaged = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(config.average))
        self._shadow = Shadow(self.network)
        if config.compiled:
            self._shadow.network.compile_loss()
        self._loss = parallel.averaged(self._shadow.network, self._shadow.network.loss)
        self._descent = Descent(
            self.network, config.learning_rate, config.matrix_learning_rate, config.weight_decay, config.steps
        )

    def update(self, numbers: np.random.Generator, noise: torch.Generator) -> dict[str, float | torch.Tensor]:
        """Take one step on a fresh batch."""
        config = self._config
        drawn = draw(self._reader, self._frames, config.batch, config.mirror, numbers, parallel.share())
        noise.manual_seed(noise.initial_seed() + parallel.rank())
        batch = perturbed(to_tensors(drawn, self._device), config.perturb, noise)
        batch = among_other_laces(batch, config.among, noise)
        with checkpoint.precision(self._device):
            loss = self._loss(batch.observation, batch.actions, batch.valid, config.draws, noise)
        self._descent.forget()
        loss.backward()
        self._shadow.pull()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._descent.step()
        self._shadow.push()
        self.averaged.update_parameters(self.network)
        return {"loss": loss.detach(), "gradient_norm": norm, "learning_rate": self._descent.learning_rate}

    def state(self) -> dict[str, Any]:
        """Return weights, averages, optimiser and schedule."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self._shadow.push()

    def save(self, path: Path, kind: str = KIND) -> None:
        """Write the averaged weights, which are the policy, of one of the kinds above."""
        if parallel.rank() == 0:
            checkpoint.save_weights(path, kind, asdict(self._config), self.averaged.module.state_dict())
        parallel.wait()

    def _set_scale(self) -> None:
        few = self._frames[:: max(1, len(self._frames) // _SCALE_FRAMES)]
        actions = self._reader.read(few, np.zeros(len(few), bool)).actions
        self.network.set_scale(torch.from_numpy(actions).to(self._device).flatten(0, 1))

    def _parts(self) -> dict[str, Any]:
        return {
            "network": self.network,
            "averaged": self.averaged,
            "descent": self._descent,
        }


def load_policy(path: Path, kind: str = KIND) -> PolicyNetwork:
    """Return the policy of a checkpoint of one of the kinds above, ready to act.

    Raises:
        CheckpointError: there is none, or it holds something else.
    """
    config, weights = checkpoint.load_weights(path, kind)
    network = PolicyNetwork(NetworkConfig(**config["network"])).to(checkpoint.device())
    network.load_state_dict(weights)
    return network.eval().requires_grad_(requires_grad=False)
