"""The flow-matching policy: backbone and action transformer, with the scale of the actions."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lacelab.envs.spec import ACTION_PER_ARM, ACTION_SIZE

from . import flow
from .companding import compand, expand
from .networks import ActionTransformer, Context, NetworkConfig, make_backbone
from .networks.layers import KeysValues

_SMALLEST_SCALE = 0.05


class PolicyNetwork(nn.Module):
    """Chunks of actions from observations and noise."""

    scale: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = make_backbone(config)
        self.transformer = ActionTransformer(config)
        self.register_buffer("scale", torch.ones(ACTION_SIZE))

    def set_scale(self, actions: Tensor) -> None:
        """Divide companded actions by the root mean square of `actions` (samples, 14), the same for both arms."""
        both = compand(actions).reshape(-1, 2, ACTION_PER_ARM).square().mean(dim=(0, 1)).sqrt()
        self.scale.copy_(both.clamp_min(_SMALLEST_SCALE).repeat(2))

    def compile_loss(self) -> None:
        """Compile the loss at its next call; it changes by rounding only."""
        # As a whole: parts would hand over views, which PyTorch 2.13 sometimes restores with the wrong sizes.
        self._match = torch.compile(self._match, dynamic=False)  # type: ignore[method-assign]

    def context(self, observation: Mapping[str, Tensor]) -> list[KeysValues]:
        """Return what the action transformer reads of observations (batch, ...)."""
        context: list[KeysValues] = self.backbone(observation)
        return context

    def decode(self, context: Context, noise: Tensor) -> Tensor:
        """Return chunks (batch, chunk, 14) in [-1, 1] that noise of the same shape leads to; differentiable."""
        ends = flow.integrate(lambda point, time: self.transformer(context, point, time), noise)
        return expand(ends * self.scale)

    def loss(
        self, observation: Mapping[str, Tensor], actions: Tensor, weight: Tensor, draws: int, generator: torch.Generator
    ) -> Tensor:
        """Return the flow-matching loss of a batch.

        Args:
            observation: entries (batch, ...).
            actions: (batch, chunk, 14).
            weight: of each action (batch, chunk).
            draws: of noise and time for each sample; cheaper than as many samples, as the backbone runs once.
            generator: source of noise and times.
        """
        ends = (compand(actions) / self.scale).repeat_interleave(draws, 0)
        noise = torch.randn(ends.shape, generator=generator, dtype=ends.dtype).to(ends.device)
        time = torch.rand(len(ends), generator=generator, dtype=ends.dtype).to(ends.device)
        return self._match(observation, ends, noise, time, weight.repeat_interleave(draws, 0))

    def _match(
        self, observation: Mapping[str, Tensor], ends: Tensor, noise: Tensor, time: Tensor, weight: Tensor
    ) -> Tensor:
        """Return the loss for noise and ends (batch * draws, chunk, 14), times (batch * draws,) and weights."""
        draws = len(ends) // len(observation["instruction"])
        context = [shown.repeated(draws) for shown in self.backbone(observation)]
        predicted = self.transformer(context, flow.interpolate(noise, ends, time), time)
        return flow.flow_loss(predicted, noise, ends, weight)
