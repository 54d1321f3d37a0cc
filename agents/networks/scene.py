"""What the network is told of a scene: positions and directions as each hand's commanded tool frame sees them.

Actions move the commanded tools in their own frames, so that is where geometry is simplest. The precision that counts
changes from decimetres to tenths of a millimetre within an episode; every length is therefore given on three scales.

How fast the hands move is left out, and so is how far the measured tools trail behind the commanded ones: both tell what the
last actions were, and a cloned policy can repeat them instead of looking at the scene (the copycat problem: de Haan,
Jayaraman and Levine, 2019, arXiv 1905.11979). Joint angles would tell where a displaced hand really is (`training.perturbation`).
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from ..hands import matrices

_SCALES = (0.03, 0.005)  # m, of the saturating copies
_FAR = 0.3  # m, of the linear copy
_POINTS = 6  # of a lace, the last ones before the aglet
_OPENING = 0.024  # m
_WORKPLACE = (0.3, 0.0, 0.4)  # m, near the middle of all that happens
_OF_BOTH = ("threaded", "pulled_through")
_OF_LACES = ("aglet_position", "aglet_axis", "lace_points", *_OF_BOTH)
_OF_EYELETS = ("eyelet_position", "eyelet_axis")


class Named(NamedTuple):
    """Which lace (batch, 2) and which eyelet (batch, 2, 3) an instruction names: one is 1, or none where none is named."""

    lace: Tensor
    eyelet: Tensor


class SceneFeatures(NamedTuple):
    """Features of every thing in the scene, which become one token each.

    Attributes:
        hands: both hands in one (batch, 1, features).
        laces: (batch, 2, features).
        eyelets: (batch, 6, features), left ones first.
    """

    hands: Tensor
    laces: Tensor
    eyelets: Tensor


def features_of(observation: Mapping[str, Tensor]) -> SceneFeatures:
    """Return the features of a batch of observations with the keys of `envs.spec.STATE_KEYS`, each (batch, ...)."""
    frames = matrices(observation["target_rotation"]), observation["target_position"]
    return SceneFeatures(_hands(observation, frames), _laces(observation, frames), _eyelets(observation, frames))


def features_of_goal(observation: Mapping[str, Tensor], named: Named) -> Tensor:
    """Return what counts of the lace and the eyelet that an instruction names, together (batch, features)."""
    lace = {name: torch.einsum("bl,bl...->b...", named.lace, observation[name]) for name in _OF_LACES}
    centre, axis = (torch.einsum("bse,bsei->bi", named.eyelet, observation[name]) for name in _OF_EYELETS)
    threaded, pulled = (torch.einsum("bse,bse->b", named.eyelet, lace[name])[:, None] for name in _OF_BOTH)
    frames = matrices(observation["target_rotation"]), observation["target_position"]
    tip, direction, points = lace["aglet_position"], lace["aglet_axis"], lace["lace_points"][:, -_POINTS:]
    offset = tip - centre
    depth = (offset * axis).sum(dim=-1, keepdim=True)
    seen = torch.cat([tip[:, None], centre[:, None], points], dim=1)
    parts = [
        lengths(_places(frames, seen).flatten(1)),
        _directions(frames, torch.stack([direction, axis], dim=1)).flatten(1),
        lengths(_directions(frames, torch.stack([offset - depth * axis, offset], dim=1)).flatten(1)),
        lengths(torch.cat([depth, (offset - depth * axis).norm(dim=-1, keepdim=True), pulled], dim=-1)),
        lengths(tip - tip.new_tensor(_WORKPLACE)),
        (direction * axis).sum(dim=-1, keepdim=True),
        direction,
        threaded,
        named.lace,
        named.eyelet.flatten(1),
    ]
    return torch.cat(parts, dim=-1)


def lengths(vectors: Tensor) -> Tensor:
    """Return vectors (..., n) [m] on all scales, (..., 3 n)."""
    return torch.cat([vectors / _FAR, *(torch.tanh(vectors / scale) for scale in _SCALES)], dim=-1)


Frames = tuple[Tensor, Tensor]
"""Orientations (batch, 2, 3, 3) and positions (batch, 2, 3) of the commanded tools in the world."""


def _directions(frames: Frames, vectors: Tensor) -> Tensor:
    """Return world vectors (batch, n, 3) as both hands see them, (batch, n, 6)."""
    return torch.einsum("bhij,bni->bnhj", frames[0], vectors).flatten(2)


def _places(frames: Frames, points: Tensor) -> Tensor:
    """Return world points (batch, n, 3) as both hands see them, (batch, n, 6) [m]."""
    offsets = points[:, :, None] - frames[1][:, None]
    return torch.einsum("bhij,bnhi->bnhj", frames[0], offsets).flatten(2)


def _hands(observation: Mapping[str, Tensor], frames: Frames) -> Tensor:
    tools = observation["target_position"]
    parts = [
        observation["gripper_opening"] / _OPENING,
        torch.tanh(observation["gripper_opening"] / _SCALES[1]),
        lengths(_places(frames, tools).flatten(1)),
        lengths(tools.flatten(1) - tools.new_tensor(_WORKPLACE).repeat(2)),
        observation["target_rotation"].flatten(1),
    ]
    return torch.cat(parts, dim=-1)[:, None]


def _laces(observation: Mapping[str, Tensor], frames: Frames) -> Tensor:
    tips, axes = observation["aglet_position"], observation["aglet_axis"]
    points = observation["lace_points"][:, :, -_POINTS:]
    batch = len(tips)
    shape = _places(frames, points.reshape(batch, -1, 3)).reshape(batch, 2, -1) / _FAR
    height = tips - tips.new_tensor(_WORKPLACE)
    parts = [
        lengths(_places(frames, tips)),
        lengths(_places(frames, points[:, :, -1])),
        _directions(frames, axes),
        lengths(height),
        axes,
        shape,
        observation["threaded"].flatten(2),
        lengths(observation["pulled_through"].flatten(2)),
    ]
    return torch.cat(parts, dim=-1)


def _eyelets(observation: Mapping[str, Tensor], frames: Frames) -> Tensor:
    batch = len(observation["eyelet_position"])
    centres = observation["eyelet_position"].reshape(batch, -1, 3)
    axes = observation["eyelet_axis"].reshape(batch, -1, 3)
    offsets = observation["aglet_position"][:, None] - centres[:, :, None]  # (batch, eyelets, lace, 3)
    seen = torch.einsum("blij,beli->belj", frames[0], offsets).flatten(2)
    alignment = torch.einsum("bei,bli->bel", axes, observation["aglet_axis"])
    depth = torch.einsum("bei,beli->bel", axes, offsets)
    threaded = observation["threaded"].flatten(2).transpose(1, 2)
    pulled = observation["pulled_through"].flatten(2).transpose(1, 2)
    parts = [
        lengths(_places(frames, centres)),
        _directions(frames, axes),
        lengths(seen),
        lengths(depth),
        alignment,
        threaded,
        lengths(pulled),
    ]
    return torch.cat(parts, dim=-1)
