"""A hand beside an aglet, and what a policy wants there."""

from typing import Any

import numpy as np
import torch
from observations import states

from lacelab.agents.hands import advanced, matrices
from lacelab.agents.sure_grasp import level_axis
from lacelab.agents.sure_take import TAKEN_TIP
from lacelab.envs.entities.arena import TABLE_HEIGHT

OPEN, AROUND = 0.02, 0.003  # m between pads
N = 8


def beside_an_aglet(
    along: float,
    backward: bool = True,
    opening: float = OPEN,
    across: float = 0.001,
    height: float = 0.004,
    lies: float = 0.0015,
) -> dict[str, Any]:
    """Return what is seen where the left hand is some way behind the tip of the right lace, and the right hand far away.

    The hand points against the aglet (`backward`), or with it.
    """
    seen = {name: values[0].numpy() for name, values in states(1).items()}
    axis = np.array([0.6, 0.8, 0.0])
    tip = np.array([0.3, 0.1, TABLE_HEIGHT + lies])
    hand = tip - along * axis + across * np.array([-0.8, 0.6, 0.0])
    hand[2] = TABLE_HEIGHT + height
    x = -axis if backward else axis
    rotation = np.concatenate([x, np.cross([0.0, 0.0, 1.0], x)])
    return seen | {
        "target_position": np.array([hand, [0.3, -0.3, hand[2]]], np.float32),
        "target_rotation": np.array([rotation, rotation], np.float32),
        "aglet_position": np.array([[1.0, 1.0, tip[2]], tip], np.float32),
        "aglet_axis": np.array([[1.0, 0.0, 0.0], axis], np.float32),
        "gripper_opening": np.array([opening, OPEN], np.float32),
    }


def handed_over(opening: float = OPEN, short: float = 0.003) -> dict[str, Any]:
    """Return what is seen where the right hand holds the right lace in the air, and the left one is open around its tip, but somewhat short of it [m]."""
    seen = {name: values[0].numpy() for name, values in states(1).items()}
    axis, up = np.array([0.6, 0.8, 0.0]), np.array([0.0, 0.0, 1.0])
    tip = np.array([0.3, 0.1, TABLE_HEIGHT + 0.06])
    taker = np.stack([-axis, np.cross(up, -axis), up], axis=1)
    giver = tip - 0.019 * axis
    hands = np.stack([tip - taker @ (TAKEN_TIP - [0.0, 0.0, short]), giver])
    points = np.repeat((tip - 0.02 * axis)[None, None], seen["lace_points"].shape[1], 1)
    return seen | {
        "target_position": hands.astype(np.float32),
        "target_rotation": np.stack([taker[:, :2].T.ravel()] * 2).astype(np.float32),
        "aglet_position": np.stack([tip + 1.0, tip]).astype(np.float32),
        "aglet_axis": np.stack([axis, axis]).astype(np.float32),
        "lace_points": np.concatenate([points + 1.0, points]).astype(np.float32),
        "gripper_opening": np.array([opening, AROUND], np.float32),
    }


def closing(motion: float = 0.02) -> np.ndarray:
    """Return actions of hands that move on, and close towards the end."""
    actions = np.zeros((N, 14), np.float32)
    actions[:, :3] = actions[:, 7:10] = motion
    actions[5:, [6, 13]] = -1.0
    return actions


def left_hand_after(seen: dict[str, Any], actions: np.ndarray) -> np.ndarray:
    """Return where actions lead the left hand, (3,)."""
    rotation = matrices(torch.from_numpy(seen["target_rotation"]))[None].double()
    position = torch.from_numpy(seen["target_position"])[None].double()
    return advanced(position, rotation, torch.from_numpy(actions)[None].double())[0][0, 0].numpy()


def behind_the_tip(seen: dict[str, Any], actions: np.ndarray) -> float:
    """Return how far behind the tip, along the aglet, actions end [m]."""
    return float(level_axis(seen, 1) @ (seen["aglet_position"][1] - left_hand_after(seen, actions)))
