"""From observations to tokens: language, proprioception, and the scene as state or as image patches."""

import itertools
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lacelab.envs.language import TOKENS
from lacelab.envs.spec import ARM_JOINTS, EYELETS_PER_SIDE, IMAGE_SIZE, INSTRUCTION_TOKENS, PIXEL_KEYS, STATE_KEYS

from .layers import Block, embed
from .scene import Named, features_of, features_of_goal

CHOICES = (3, 3, EYELETS_PER_SIDE + 1)
"""Answers to three questions: which lace, side and number of the eyelet; the last of each: it is not said."""
_LANGUAGE_TOKENS = 2
_LANGUAGE_WIDTH = 64
_PATCH = 16  # pixels
PROPRIOCEPTION = 2 * ARM_JOINTS + 2  # numbers: angles, openings
_OPENING = 0.024  # m

Observation = Mapping[str, Tensor]


class Language(nn.Module):
    """Read the words of an instruction into a few tokens, and name what they ask for."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.words = nn.Embedding(max(TOKENS.values()) + 1, _LANGUAGE_WIDTH)
        self.places = nn.Parameter(0.02 * torch.randn(INSTRUCTION_TOKENS, _LANGUAGE_WIDTH))
        self.queries = nn.Parameter(0.02 * torch.randn(_LANGUAGE_TOKENS, _LANGUAGE_WIDTH))
        self.block = Block(_LANGUAGE_WIDTH, 4)
        self.answers = nn.Linear(_LANGUAGE_TOKENS * _LANGUAGE_WIDTH, sum(CHOICES))
        self.project_out = nn.Linear(_LANGUAGE_WIDTH, width)

    def forward(self, words: Tensor) -> tuple[Tensor, Named]:
        """Return tokens (batch, 2, width), and what is named, for instruction tokens (batch, words)."""
        read = self.read(words)
        lace, side, number = (_chosen(logits) for logits in self.answer(read))
        return self.project_out(read.to(self.project_out.weight.dtype)), Named(
            lace, side[:, :, None] * number[:, None, :]
        )

    def read(self, words: Tensor) -> Tensor:
        """Return what is understood of instruction tokens (batch, words), as (batch, 2, features)."""
        tokens = torch.cat([self.queries.expand(len(words), -1, -1), self.words(words) + self.places], dim=1)
        understood: Tensor = self.block(tokens)[0][:, :_LANGUAGE_TOKENS]
        return understood

    def answer(self, read: Tensor) -> tuple[Tensor, ...]:
        """Return logits of lace, side and number of the eyelet, each (batch, `CHOICES`), of what was understood."""
        return self.answers(read.flatten(1)).split(CHOICES, dim=1)


class StateEncoder(nn.Module):
    """One token for both hands and what they are after, one for the laces and one for the eyelets.

    Which lace and eyelet the words name is known before any action is learned (see `training.grammar`). Where those are is
    one vector of features whatever is asked for, so that what is learned of one eyelet holds for all.
    Added to every token, the words meet its kind in the next perceptron, and not only by way of attention.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        nothing = blank()
        sizes = features_of(nothing)
        self.language = Language(width)
        goal = features_of_goal(nothing, self.language(nothing["instruction"])[1])
        self.hands = embed(sizes.hands.shape[-1] + goal.shape[-1], width)
        self.laces = embed(sizes.laces[0].numel(), width)
        self.eyelets = embed(sizes.eyelets[0].numel(), width)
        self.kinds = nn.Parameter(0.5 * torch.randn(3, width))
        self.told = nn.Sequential(nn.RMSNorm(_LANGUAGE_TOKENS * width), nn.Linear(_LANGUAGE_TOKENS * width, width))

    def forward(self, observation: Observation) -> Tensor:
        """Return tokens (batch, tokens, width)."""
        features = features_of(observation)
        words, named = self.language(observation["instruction"])
        hands = torch.cat([features.hands[:, 0], features_of_goal(observation, named)], dim=-1)
        parts = [(self.hands, hands), (self.laces, features.laces), (self.eyelets, features.eyelets)]
        things = torch.stack([embedding(part.flatten(1).to(words.dtype)) for embedding, part in parts], dim=1)
        return torch.cat([words, things + self.kinds + self.told(words.flatten(1))[:, None]], dim=1)


class PixelEncoder(nn.Module):
    """One token for both hands, and one for each patch of each camera."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.language = Language(width)
        self.hands = embed(PROPRIOCEPTION, width)
        self.patches = nn.ModuleDict({name: _patch_stem(width) for name in PIXEL_KEYS})
        side = IMAGE_SIZE // _PATCH
        self.places = nn.Parameter(0.02 * torch.randn(len(PIXEL_KEYS), side * side, width))

    def forward(self, observation: Observation) -> Tensor:
        """Return tokens (batch, tokens, width) for images (batch, height, width, 3), uint8."""
        words, _ = self.language(observation["instruction"])
        tokens = [words, self.hands(proprioception(observation).to(words.dtype))[:, None]]
        for name, place in zip(PIXEL_KEYS, self.places, strict=True):
            image = observation[name].permute(0, 3, 1, 2).to(place.dtype) / 127.5 - 1.0
            tokens.append(self.patches[name](image).flatten(2).transpose(1, 2) + place)
        return torch.cat(tokens, dim=1)


def proprioception(observation: Observation) -> Tensor:
    """Return what the arms feel of themselves, without a look at the scene (batch, 16); no speeds, see `scene`."""
    return torch.cat([observation["joint_position"].flatten(1), observation["gripper_opening"] / _OPENING], dim=-1)


def _chosen(logits: Tensor) -> Tensor:
    """Return 1 for the likeliest answer and 0 for others (batch, answers - 1); all 0 where the likeliest is the last."""
    return functional.one_hot(logits.argmax(dim=1), logits.shape[1])[:, :-1].to(logits.dtype)


def _patch_stem(width: int) -> nn.Sequential:
    """Return convolutions that turn each 16 x 16 patch and its surroundings into a token."""
    channels = (3, 16, 32, 64, width)
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(channels):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GELU()]
    return nn.Sequential(*layers[:-1])


def blank() -> dict[str, Tensor]:
    """Return a batch of one state observation of zeros."""
    return {name: torch.from_numpy(np.zeros((1, *key.shape), key.dtype)) for name, key in STATE_KEYS.items()}


ENCODERS: dict[str, Callable[[int], nn.Module]] = {"state": StateEncoder, "pixels": PixelEncoder}
"""Name -> factory from the width of a token."""
