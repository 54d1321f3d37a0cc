"""Token networks of the learned policies."""

from .backbones import make_backbone
from .config import NetworkConfig, NetworkError
from .transformers import ActionTransformer, Backbone, ChunkTransformer, Context, CriticTransformer

__all__ = [
    "ActionTransformer",
    "Backbone",
    "ChunkTransformer",
    "Context",
    "CriticTransformer",
    "NetworkConfig",
    "NetworkError",
    "make_backbone",
]
