"""What seeds draw: within the ranges of the difficulty, independent streams, laces that lie where they may."""

import numpy as np
import pytest

from lacelab.envs.entities.arena import SHOE_X, TABLE_HEIGHT
from lacelab.envs.entities.lace import RADIUS, edge_lengths
from lacelab.envs.entities.shoe import anchor_position
from lacelab.envs.episode import Episode, sample
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.lace_shapes import crosses
from lacelab.envs.layouts import LAYOUTS
from lacelab.envs.spec import DIFFICULTIES, SIDES, Side

_LENGTH = 0.45
_SEEDS = range(60)


def _far(episode: Episode) -> list[bool]:
    """Tell of each lace whether its aglet lies on the side of the other arm."""
    return [
        bool(points[-1, 1] * side.sign < 0) for side, points in zip(SIDES, episode.placement.lace_points, strict=True)
    ]


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_poses_are_in_the_ranges_of_the_difficulty(difficulty: str) -> None:
    layout = LAYOUTS[difficulty]
    for seed in _SEEDS:
        placement = sample(difficulty, seed, _LENGTH).placement
        x, y = placement.shoe_position
        assert max(abs(x - SHOE_X), abs(y)) <= layout.shift and abs(placement.shoe_heading) <= layout.turn
        assert placement.shoe.eyelet_diameter == layout.eyelet_diameter
        assert layout.size[0] <= placement.shoe.size <= layout.size[1]
        for points in placement.lace_points:
            assert layout.back_x[0] <= points[-1, 0] <= layout.back_x[1]
            assert layout.back_y[0] <= abs(points[-1, 1]) <= layout.back_y[1]


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_laces_have_their_length_begin_at_the_toe_and_lie_on_the_mat(difficulty: str) -> None:
    for seed in _SEEDS:
        placement = sample(difficulty, seed, _LENGTH).placement
        for side, points in zip(SIDES, placement.lace_points, strict=True):
            lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
            np.testing.assert_allclose(lengths, edge_lengths(_LENGTH), rtol=0.02)
            assert points[:, 2].min() >= TABLE_HEIGHT + RADIUS - 1e-9
            assert points[-1, 2] == pytest.approx(TABLE_HEIGHT + RADIUS)
            height = TABLE_HEIGHT + anchor_position(placement.shoe, side)[2]
            assert points[0, 2] == pytest.approx(height, abs=2 * RADIUS + 0.001)  # The upper of two
            assert not len(crosses(points[:, :2]))


def test_laces_cross_only_where_they_lie_on_the_other_side() -> None:
    crossed = 0
    for seed in range(150):
        episode = sample("hard", seed, _LENGTH)
        left, right = episode.placement.lace_points
        hits = crosses(left[:, :2], right[:, :2])
        assert _far(episode) == [len(hits) > 0] * 2 and len(hits) <= 1
        crossed += len(hits)
        for i, j in hits:
            gap = right[j : j + 2, 2].mean() - left[i : i + 2, 2].mean()
            assert gap > 1.5 * RADIUS  # One lies over the other.
    assert 0.05 < crossed / 150 < 0.25
    assert not any(any(_far(sample(name, seed, _LENGTH))) for name in ("easy", "standard") for seed in _SEEDS)


def test_every_goal_is_drawn() -> None:
    goals = {sample("standard", seed, _LENGTH).goal for seed in range(120)}
    assert len(goals) == 12
    assert {goal.direction for goal in goals} == {-1, 1}


def test_a_given_goal_changes_nothing_else() -> None:
    goal = EyeletGoal(Side.LEFT, Side.RIGHT, 2)
    drawn, given = sample("hard", 7, _LENGTH), sample("hard", 7, _LENGTH, goal)
    assert given.goal == goal and given.randomization == drawn.randomization
    np.testing.assert_array_equal(given.placement.lace_points, drawn.placement.lace_points)


@pytest.mark.parametrize("seed", [0, 3, 9])
def test_mirrored_twice_is_the_same(seed: int) -> None:
    episode = sample("hard", seed, _LENGTH)
    once, twice = episode.mirrored(), episode.mirrored().mirrored()
    assert once.mirror and not twice.mirror
    assert once.goal.lace is episode.goal.lace.other and once.placement.shoe_heading == -episode.placement.shoe_heading
    assert twice.goal == episode.goal and twice.randomization == episode.randomization
    for before, after in zip(episode.placement.lace_points, twice.placement.lace_points, strict=True):
        np.testing.assert_array_equal(before, after)
