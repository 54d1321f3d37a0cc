"""The backbone that a configuration asks for."""

from torch import nn

from .config import NetworkConfig
from .transformers import Backbone


def make_backbone(config: NetworkConfig) -> nn.Module:
    """Return a small backbone, or a pretrained vision-language model; both turn observations into a `Context`.

    Raises:
        NetworkError: the vision-language model is not there, or has other sizes.
        UnknownNameError: there is no such encoder.
    """
    if not config.vlm:
        return Backbone(config)
    from .vlm import load_backbone  # Here, so that small networks do not need `transformers`.

    return load_backbone(config)
