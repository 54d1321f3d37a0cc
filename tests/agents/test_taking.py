"""The way of a hand to where it takes hold."""

import numpy as np
import pytest
import torch
from observations import states

from lacelab.agents.hands import advanced
from lacelab.agents.motions import Pose, hands_of
from lacelab.agents.sure_release import OPEN, SHUT, gripper
from lacelab.agents.taking import Taking, backed
from lacelab.envs.entities.arena import TABLE_HEIGHT

_SEEN = {name: values[0].numpy() for name, values in states(1).items()}
_LOW = np.array([[0.45, 0.24, 0.16], [0.352, 0.026, 0.069]]) + [0.0, 0.0, TABLE_HEIGHT]
HANDS = _LOW, hands_of(_SEEN)[1]


def test_a_hand_draws_back_comes_from_its_back_and_closes_while_the_other_one_goes_home() -> None:
    hands = HANDS
    home = (hands[0] + [0.0, 0.1, 0.02], hands[1])
    start, rotation = hands[0][1], hands[1][1]
    taking = Taking(1, hands, home)
    there = (start, rotation)
    path, gripped = [start], []
    while not taking.over:
        actions = taking(hands, there, 8)
        there = (start + [0.01, 0.02, 0.0], rotation)  # it slips when it is let go
        hands = _after(hands, actions)
        path.append(hands[0][1])
        gripped.append(actions[0, gripper(1)])
    assert gripped == [np.float32(OPEN)] * (len(gripped) - 3) + [SHUT] * 3  # 1 s
    np.testing.assert_allclose(path[1], start, atol=1e-9)
    assert max(position[2] for position in path) == pytest.approx(TABLE_HEIGHT + 0.17, abs=0.003)
    np.testing.assert_allclose(hands[0][1], there[0], atol=0.003)
    np.testing.assert_allclose(hands[0][0], home[0][0], atol=0.003)
    for via in (backed((start, rotation)), backed(there)):
        assert min(np.linalg.norm(position - via[0]) for position in path) < 0.003


def test_a_hand_that_does_not_arrive_goes_on_after_three_seconds() -> None:
    hands = HANDS
    taking = Taking(1, hands, hands)
    looks = 0
    while not taking.over:
        taking(hands, (hands[0][1] + 1.0, hands[1][1]), 8)
        looks += 1
    assert looks == 1 + 5 * 8 + 3


def _after(hands: Pose, actions: np.ndarray) -> Pose:
    position, rotation = (torch.from_numpy(part)[None] for part in hands)
    moved = advanced(position, rotation, torch.from_numpy(actions)[None].double())
    return moved[0][0].numpy(), moved[1][0].numpy()
