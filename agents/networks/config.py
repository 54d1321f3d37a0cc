"""Sizes of the networks."""

from dataclasses import dataclass

from lacelab.envs.exceptions import LaceLabError


class NetworkError(LaceLabError):
    """Sizes that do not fit together."""


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of policy, critic and noise predictor.

    Attributes:
        width: of a token.
        heads: of every attention.
        layers: of the backbone; the later half shows its keys and values to the other transformers, layer by layer.
        chunk: actions per chunk, of one tick of 50 ms each.
        bins: of the critic's distributions.
        encoder: what the scene's tokens are made of, a key of `encoders.ENCODERS`.
        vlm: name or folder of a Qwen2.5-VL that is the backbone instead, see `vlm`; it reads images, and `encoder` is unused.
    """

    width: int = 128
    heads: int = 4
    layers: int = 4
    chunk: int = 16
    bins: int = 101
    encoder: str = "state"
    vlm: str = ""

    def __post_init__(self) -> None:
        """Refuse sizes that do not fit together."""
        if self.layers < 2 or self.layers % 2:
            raise NetworkError(f"A backbone of {self.layers} layers has no later half. Valid: 2, 4, 6, ...")
        if self.heads < 1 or self.width % self.heads:
            raise NetworkError(f"A width of {self.width} is not divisible among {self.heads} heads.")
        if self.chunk < 1 or self.bins < 2:
            raise NetworkError(f"Chunks of {self.chunk} actions and {self.bins} bins: valid are >= 1 and >= 2.")

    @property
    def shown_layers(self) -> int:
        """Number of backbone layers that others read, and of layers of those others."""
        return self.layers // 2
