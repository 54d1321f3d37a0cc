"""One factor at a time: what is overridden changes, and nothing else."""

import numpy as np
import pytest

from lacelab.envs.episode import sample
from lacelab.envs.exceptions import UnknownNameError
from lacelab.envs.overrides import FACTORS, OVERRIDES

LENGTH = 0.45
PLAIN = sample("standard", 3, LENGTH)


@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_changes_alone(factor: str) -> None:
    episode = sample("standard", 3, LENGTH, overrides={factor: 2.0})
    before, after = PLAIN.randomization.as_info(), episode.randomization.as_info()
    assert after.pop(factor) == 2.0
    before.pop(factor)
    assert before == after and episode.goal == PLAIN.goal and episode.paraphrase == PLAIN.paraphrase
    assert (episode.placement.lace_points[0] == PLAIN.placement.lace_points[0]).all()


def test_camera_axes() -> None:
    episode = sample("standard", 3, LENGTH, overrides={"camera_shift_y": 0.02, "camera_turn_z": -0.1})
    x, _, z = PLAIN.randomization.camera_shift
    assert episode.randomization.camera_shift == (x, 0.02, z)
    assert episode.randomization.camera_turn[2] == -0.1
    assert episode.mirrored().randomization.camera_shift == (x, -0.02, z)


def test_shoes() -> None:
    shoe = sample("standard", 3, LENGTH, overrides={"shoe_size": 1.06, "eyelet_pitch": 0.024}).placement.shoe
    assert (shoe.size, shoe.pitch) == (1.06, 0.024)


def test_sides() -> None:
    """The back of an aglet lies on the lace's own side, or on the other one."""
    for far_side, sign in ((0.0, 1), (1.0, -1)):
        episode = sample("hard", 3, LENGTH, overrides={"far_side": far_side})
        left, right = (points[-1, 1] for points in episode.placement.lace_points)
        assert left * sign > 0.1 and right * sign < -0.1
        assert episode.goal == sample("hard", 3, LENGTH).goal


def test_scattered_laces_lie_on_both_sides_and_point_where_they_may() -> None:
    """Outward on the other side, within 10 degrees; anywhere on their own. Seeds without them stay what they were."""
    outward: dict[float, list[float]] = {0.0: [], 1.0: []}
    for seed in range(40):
        for far_side, found in outward.items():
            placement = sample("standard", seed, LENGTH, overrides={"far_side": far_side, "scatter": 1}).placement
            side = placement.lace_points[0][-1, 1]
            assert (side > 0.0) == (far_side == 0.0)
            found.append(placement.aglet_axes[0][1] * np.sign(side))
    assert min(outward[1.0]) > -0.18 and max(outward[1.0]) > 0.9
    assert min(outward[0.0]) < -0.8 and max(outward[0.0]) > 0.8
    again = sample("standard", 3, LENGTH, overrides={"scatter": 0}).placement
    assert (again.lace_points[0] == PLAIN.placement.lace_points[0]).all()


def test_words() -> None:
    assert not PLAIN.held_out and sample("hard", 3, LENGTH).held_out
    assert sample("standard", 3, LENGTH, overrides={"held_out_words": 1}).held_out
    assert not sample("hard", 3, LENGTH, overrides={"held_out_words": 0}).held_out


def test_unknown_factor() -> None:
    with pytest.raises(UnknownNameError, match="Unknown factor 'friction'. .*Valid: lace_mass, lace_stiffness"):
        sample("standard", 3, LENGTH, overrides={"friction": 1.0})
    assert len(set(OVERRIDES)) == len(OVERRIDES)
