"""Hands moved in an observation, and the laces that they hold."""

import math

import numpy as np
import torch
from torch import Tensor

from lacelab.agents.hands import held_laces, in_hand, matrices, moved

_TOOLS = torch.tensor([[[0.3, 0.2, 0.5], [0.3, -0.2, 0.5]]])


def _scene() -> dict[str, Tensor]:
    """Return a scene in which the left hand holds the left lace at its end; the right lace lies far away."""
    tips = _TOOLS + torch.tensor([[[0.0, 0.01, 0.0], [0.0, 0.0, -0.2]]])
    ahead = torch.arange(4, 0, -1)[:, None] * torch.tensor([0.0, -0.01, 0.0])
    return {
        "target_position": _TOOLS,
        "target_rotation": torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).expand(1, 2, -1),
        "gripper_opening": torch.tensor([[0.002, 0.02]]),
        "aglet_position": tips,
        "aglet_axis": torch.tensor([0.0, 1.0, 0.0]).expand(1, 2, -1),
        "lace_points": tips[:, :, None] + ahead,
    }


def test_closed_hands_hold_what_is_between_their_pads() -> None:
    assert held_laces(_scene()).tolist() == [[[True, False], [False, False]]]
    assert not held_laces(_scene() | {"gripper_opening": torch.full((1, 2), 0.02)}).any()


def test_a_held_end_turns_about_the_tool_and_the_rest_of_the_lace_stays() -> None:
    scene = _scene()
    quarter = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    shift = torch.tensor([0.0, 0.0, 0.1])
    after = moved(scene, _TOOLS + shift, quarter.expand(1, 2, -1, -1))
    torch.testing.assert_close(matrices(after["target_rotation"])[0, 0], quarter)
    torch.testing.assert_close(after["aglet_position"][0, 0], _TOOLS[0, 0] + shift + torch.tensor([-0.01, 0.0, 0.0]))
    torch.testing.assert_close(after["aglet_axis"][0, 0], torch.tensor([-1.0, 0.0, 0.0]))
    distances = (after["lace_points"][0, 0] - after["target_position"][0, 0]).norm(dim=-1)
    torch.testing.assert_close(distances[1:], torch.tensor([0.02, 0.01, 0.0]), atol=1e-6, rtol=0.0)
    for name in ("aglet_position", "aglet_axis", "lace_points"):
        assert torch.equal(after[name][:, 1], scene[name][:, 1])


def test_points_beyond_the_hand_stay() -> None:
    scene = _scene()
    scene["lace_points"] = scene["lace_points"] + torch.tensor([0.0, -0.04, 0.0])
    after = moved(scene, _TOOLS + 0.1, matrices(scene["target_rotation"]))
    assert torch.equal(after["lace_points"][0, 0, :2], scene["lace_points"][0, 0, :2])


def test_what_two_hands_hold_goes_half_the_way_of_each() -> None:
    scene = _scene()
    scene["target_position"] = _TOOLS[:, :1].expand(-1, 2, -1)
    scene["gripper_opening"] = torch.full((1, 2), 0.002)
    there = scene["target_position"] + torch.tensor([[[0.0, 0.0, 0.02], [0.0, 0.0, 0.0]]])
    after = moved(scene, there, matrices(scene["target_rotation"]))
    assert math.isclose(float(after["aglet_position"][0, 0, 2]), 0.51, abs_tol=1e-6)


def test_a_point_in_the_frame_of_a_hand_is_where_that_sees_it() -> None:
    quarter = np.array([0.0, 1.0, 0.0, -1.0, 0.0, 0.0], np.float32)  # to the left: it points along the world's y
    seen = {"target_position": _TOOLS[0].numpy(), "target_rotation": np.stack([quarter, quarter])}
    point = seen["target_position"][1] + np.array([0.01, 0.02, 0.03], np.float32)
    np.testing.assert_allclose(in_hand(seen, 1, point), [0.02, -0.01, 0.03], atol=1e-7)
