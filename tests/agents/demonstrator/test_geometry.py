"""Hand poses of the expert."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lacelab.agents.demonstrator.geometry import ROLL, carry_goal, heading_along, less_steep, level
from lacelab.envs.grasp import grasp_rotation, hand_back
from lacelab.envs.rotations import rotation_matrix

_ANGLES = st.floats(-1.4, 1.4)


@given(_ANGLES, st.floats(-3.1, 3.1), st.floats(0.05, 1.2))
def test_less_steep_keeps_the_heading(slope: float, heading: float, limit: float) -> None:
    axis = np.array([np.cos(slope) * np.cos(heading), np.cos(slope) * np.sin(heading), np.sin(slope)])
    found = less_steep(axis, limit)
    assert np.linalg.norm(found) == pytest.approx(1.0)
    assert np.arctan2(found[1], found[0]) == pytest.approx(heading, abs=1e-6)
    assert np.arcsin(found[2]) == pytest.approx(np.clip(slope, -limit, limit), abs=1e-9)


@given(st.lists(st.floats(-0.3, 0.3), min_size=3, max_size=3), st.sampled_from([-1.0, 1.0]), st.integers(0, 2**32 - 1))
def test_a_carried_aglet_comes_where_it_is_wanted(slip: list[float], side: float, seed: int) -> None:
    """However it sits in the hand, moving the tool as told moves tip and axis to where they should be."""
    rng = np.random.default_rng(seed)
    position, rotation = rng.uniform(-0.3, 0.3, 3), grasp_rotation(np.array([1.0, 0.0, 0.0]), ROLL, forward=True)
    axis = rotation_matrix(np.array(slip)) @ np.array([1.0, 0.0, 0.0])
    tip = position + 0.02 * axis
    wanted_tip, wanted_axis = rng.uniform(-0.3, 0.3, 3), np.array([0.0, side, 0.0])
    moved, turned = carry_goal((position, rotation), tip, axis, wanted_tip, wanted_axis, ROLL)
    np.testing.assert_allclose(turned @ turned.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(turned @ rotation.T @ axis, wanted_axis, atol=1e-9)
    np.testing.assert_allclose(moved + turned @ rotation.T @ (tip - position), wanted_tip, atol=1e-9)


def test_the_back_of_a_hand_is_normal_to_the_aglet_and_tilts_to_the_robot() -> None:
    back = hand_back(np.array([0.0, 1.0, 0.0]), ROLL)
    assert back[1] == 0.0 and back[0] < 0 and np.arctan2(-back[0], back[2]) == pytest.approx(ROLL)


@given(st.floats(-3.1, 3.1), st.floats(-3.1, 3.1), st.floats(0.1, 1.5))
def test_a_heading_along_a_line_is_the_one_nearest_to_a_favourite(
    heading: float, favourite: float, most: float
) -> None:
    found = heading_along(level(heading), favourite, most)
    across = abs(level(heading) @ level(favourite))  # cosine of the angle between the two lines
    assert abs(found - favourite) == pytest.approx(min(np.arccos(min(across, 1.0)), most), abs=1e-6)


def test_a_level_vector_points_where_its_heading_says() -> None:
    np.testing.assert_allclose(level(np.pi / 6), [np.sqrt(0.75), 0.5, 0.0])
