"""Hands of an observation, the laces that they hold, and both of them moved. Pure functions on tensors (batch, ...)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lacelab.envs.spec import ACTION_PER_ARM, ROTATION_SCALE, TRANSLATION_SCALE

CLOSED = 0.001
"""Distance between pads [m] with nothing between them."""

_OF_HOLDING = ("aglet_position", "lace_points", "target_position", "gripper_opening")

PINCHED = 0.007
"""Distance between pads [m] around a lace, at most."""
_REACH = 0.015  # m between pads and lace
_CARRIED = 0.03  # m from the pads, along which a lace moves with them


def matrices(columns: Tensor) -> Tensor:
    """Return rotation matrices (..., 3, 3) from their first two columns (..., 6)."""
    x, y = columns[..., :3], columns[..., 3:]
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)


def tool_rotations(observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """Return how the commanded tools of an observation are turned, (2, 3, 3)."""
    return matrices(torch.from_numpy(np.asarray(observation["target_rotation"]))).numpy()


def in_hand(observation: Mapping[str, NDArray[Any]], hand: int, point: NDArray[Any]) -> NDArray[np.float64]:
    """Return where a point (3,) [m] is in the frame of a commanded hand, whose x is where it points, (3,) [m]."""
    away = np.asarray(point, np.float64) - observation["target_position"][hand]
    return np.asarray(tool_rotations(observation)[hand].astype(np.float64).T @ away)


def advanced(position: Tensor, rotation: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
    """Return commanded tools after actions.

    Args:
        position: of the tools (batch, hands, 3) [m].
        rotation: of the tools (batch, hands, 3, 3).
        actions: one after the other (batch, n, 14).
    """
    motions = actions.unflatten(2, (2, ACTION_PER_ARM))
    turns = torch.linalg.matrix_exp(_cross_product(ROTATION_SCALE * motions[..., 3:6]))  # all at once: calls cost most
    for motion, turn in zip(motions.unbind(dim=1), turns.unbind(dim=1), strict=True):
        position = position + TRANSLATION_SCALE * (rotation @ motion[..., :3, None])[..., 0]
        rotation = rotation @ turn
    return position, rotation


def _cross_product(vectors: Tensor) -> Tensor:
    """Return the matrices (..., 3, 3) whose product with another vector is the cross product with `vectors` (..., 3)."""
    x, y, z = vectors.unbind(dim=-1)
    zero = torch.zeros_like(x)
    rows = [zero, -z, y, z, zero, -x, -y, x, zero]
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))


def ends_of_laces(seen: Mapping[str, Tensor]) -> Tensor:
    """Return tip and last points of both laces (batch, laces, 4, 3)."""
    return torch.cat([seen["aglet_position"][:, :, None], seen["lace_points"][:, :, -3:]], dim=2)


def held_laces(seen: Mapping[str, Tensor]) -> Tensor:
    """Return whether each hand holds each lace (batch, hands, laces)."""
    offsets = ends_of_laces(seen)[:, None] - seen["target_position"][:, :, None, None]
    return (offsets.norm(dim=-1).amin(dim=-1) < _REACH) & (seen["gripper_opening"] < PINCHED)[..., None]


def hands_and_laces(observation: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    """Return what of an observation without a batch axis tells what is held, with one."""
    return {name: torch.from_numpy(np.asarray(observation[name]))[None] for name in _OF_HOLDING}


def around_something(seen: Mapping[str, Tensor]) -> Tensor:
    """Return which hands are closed around something as thin as a lace, (batch, hands)."""
    return (seen["gripper_opening"] > CLOSED) & (seen["gripper_opening"] < PINCHED)


def holding(observation: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Return which hands are closed around a lace, (2,)."""
    seen = hands_and_laces(observation)
    return (held_laces(seen) & around_something(seen)[..., None])[0].any(dim=1).numpy()


def moved(seen: Mapping[str, Tensor], position: Tensor, rotation: Tensor) -> dict[str, Tensor]:
    """Return the observation with its commanded tools elsewhere, and with them the laces that the hands hold.

    What two hands hold goes half the way of each.

    Args:
        seen: with commanded tools, laces and gripper openings.
        position: of the tools (batch, hands, 3) [m].
        rotation: of the tools (batch, hands, 3, 3).
    """
    tools = seen["target_position"][:, :, None]
    turn = rotation @ matrices(seen["target_rotation"]).transpose(-1, -2)
    held = held_laces(seen).to(tools.dtype)[..., None]  # (batch, hands, laces, 1)

    def carried(points: Tensor, share: Tensor) -> Tensor:
        """Move points (batch, laces, n, 3) by their share (batch, hands, laces, n) in the motion of each hand."""
        flat = points.flatten(1, 2)[:, None]
        there = torch.einsum("bhij,bhnj->bhni", turn, flat - tools) + position[:, :, None]
        motion = (there - flat).unflatten(2, points.shape[1:3])
        share = share / share.sum(dim=1, keepdim=True).clamp_min(1.0)
        return points + (share[..., None] * motion).sum(dim=1)

    near = (seen["lace_points"][:, None] - tools[:, :, None]).norm(dim=-1) < _CARRIED
    tip, axis = seen["aglet_position"][:, :, None], seen["aglet_axis"][:, :, None]
    new_tip = carried(tip, held)
    return dict(seen) | {
        "target_position": position,
        "target_rotation": torch.cat([rotation[..., 0], rotation[..., 1]], dim=-1),
        "aglet_position": new_tip[:, :, 0],
        "aglet_axis": (carried(tip + axis, held) - new_tip)[:, :, 0],
        "lace_points": carried(seen["lace_points"], held * near),
    }
