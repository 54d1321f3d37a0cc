"""Images and instructions as Qwen2.5-VL wants them, made on the device of the network."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from lacelab.envs.paraphrases import VOCABULARY

_MEAN = (0.48145466, 0.4578275, 0.40821073)  # of CLIP's images, red to blue
_DEVIATION = (0.26862954, 0.26130258, 0.27577711)


def side_of(size: int, factor: int) -> int:
    """Return the multiple of `factor` that is nearest to the side of a picture [pixels]."""
    return max(1, round(size / factor)) * factor


def patches(images: Tensor, patch: int, merge: int, frames: int) -> Tensor:
    """Return the patches of square pictures, those that are merged into one token next to each other.

    Args:
        images: (pictures, side, side, 3), uint8.
        patch: side of a patch [pixels].
        merge: patches that become one token, along each side.
        frames: times that a still picture is repeated, as if it were a film.

    Returns:
        (pictures, patches, 3 * frames * patch * patch).
    """
    side = side_of(images.shape[1], patch * merge)
    pixels = images.permute(0, 3, 1, 2).float() / 255.0
    pixels = functional.interpolate(pixels, (side, side), mode="bicubic", antialias=True).clamp(0.0, 1.0)
    mean, deviation = (pixels.new_tensor(values).reshape(3, 1, 1) for values in (_MEAN, _DEVIATION))
    cells = side // (patch * merge)
    grid = ((pixels - mean) / deviation).reshape(-1, 3, cells, merge, patch, cells, merge, patch)
    ordered = grid.permute(0, 2, 5, 3, 6, 1, 4, 7)  # picture, cell row and column, patch row and column, colour, pixels
    repeated = ordered.unsqueeze(6).expand(*[-1] * 6, frames, -1, -1)
    return repeated.reshape(len(images), (cells * merge) ** 2, -1)


def word_table(tokenize: Callable[[str], list[int]], filler: int) -> Tensor:
    """Return the tokens of each word of our vocabulary (words, most tokens of a word), filled up.

    Qwen splits text into words before anything else, so that a sentence is read as its words one by one.
    """
    pieces = [tokenize(f" {word}") if word else [] for word in VOCABULARY]
    table = torch.full((len(pieces), max(map(len, pieces))), filler)
    for row, piece in zip(table, pieces, strict=True):
        row[: len(piece)] = torch.tensor(piece, dtype=torch.int64)
    return table


def sentences(words: Tensor, table: Tensor, filler: int) -> Tensor:
    """Return the tokens of instructions (batch, words), filled up at their ends (batch, words * tokens of a word)."""
    tokens = table[words].flatten(1)
    order = (tokens == filler).to(torch.uint8).argsort(dim=1, stable=True)
    return tokens.gather(1, order)
