"""What the network is told: in the frames of the hands, alike under the mirror and wherever the scene stands."""

import numpy as np
import pytest
import torch
from observations import states
from torch import Tensor

from lacelab.agents.networks.scene import Named, features_of, features_of_goal, lengths
from lacelab.envs.symmetry import mirror_observation

THINGS = ("hands", "laces", "eyelets")


@pytest.mark.parametrize("thing", THINGS)
def test_the_mirror_only_reorders_and_flips_signs(thing: str) -> None:
    plain = states(3)
    before, after = (getattr(features_of(each), thing) for each in (plain, mirror_observation(plain)))
    magnitudes = [features.abs().flatten(1).sort(dim=1).values for features in (before, after)]
    torch.testing.assert_close(*magnitudes, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(before, after)


@pytest.mark.parametrize("thing", ["laces", "eyelets"])
def test_the_mirror_swaps_sides(thing: str) -> None:
    """The left thing seen by both hands is the mirrored right thing, up to order and signs of the features."""
    plain = states(2)
    before, after = (getattr(features_of(each), thing) for each in (plain, mirror_observation(plain)))
    half = before.shape[1] // 2
    for own, other in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
        magnitudes = [part.abs().sort(dim=2).values for part in (before[:, own], after[:, other])]
        torch.testing.assert_close(*magnitudes, atol=1e-5, rtol=1e-5)


def test_an_aglet_at_a_tool_is_at_zero() -> None:
    scene = states(2)
    scene["aglet_position"] = scene["target_position"].flip(1)
    laces = features_of(scene).laces
    assert laces[:, 0, 3:6].abs().max() < 1e-6 and laces[:, 1, 0:3].abs().max() < 1e-6
    assert laces[:, 0, :3].abs().min() > 1e-6


def test_places_are_seen_from_the_tool() -> None:
    """A point 3 cm along the tool's own first axis, however the tool is turned."""
    scene = states(2)
    scene["aglet_position"] = scene["target_position"] + 0.03 * scene["target_rotation"][..., :3]
    laces = features_of(scene).laces
    wanted = lengths(torch.tensor([[0.03, 0.0, 0.0]]))[0].reshape(3, 3)
    for lace in (0, 1):
        seen = laces[:, lace, :18].reshape(2, 3, 2, 3)[:, :, lace]  # scales, hands, axes
        torch.testing.assert_close(seen, wanted.expand(2, 3, 3), atol=1e-4, rtol=0)


def _moved(scene: dict[str, Tensor], offset: Tensor) -> dict[str, Tensor]:
    points = ("tool_position", "target_position", "aglet_position", "lace_points", "eyelet_position")
    return {name: value + offset if name in points else value for name, value in scene.items()}


def test_eyelets_do_not_depend_on_where_the_scene_stands() -> None:
    scene = states(2)
    moved = _moved(scene, torch.tensor([0.1, -0.2, 0.05]))
    torch.testing.assert_close(features_of(scene).eyelets, features_of(moved).eyelets, atol=2e-4, rtol=1e-3)
    assert not torch.allclose(features_of(scene).hands, features_of(moved).hands, atol=1e-3)


def test_lengths_on_three_scales() -> None:
    got = lengths(torch.tensor([0.3, 0.0005]))
    wanted = [1.0, 0.0005 / 0.3, np.tanh(10.0), np.tanh(0.0005 / 0.03), np.tanh(60.0), np.tanh(0.1)]
    assert got.tolist() == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("size", [0.0, 10.0])
def test_features_stay_finite(size: float) -> None:
    features = features_of({name: value * size if value.is_floating_point() else value
                            for name, value in states(2).items()})  # fmt: skip
    assert all(getattr(features, thing).isfinite().all() for thing in THINGS)


def _named(lace: int, side: int, index: int, batch: int = 2) -> Named:
    named = Named(torch.zeros(batch, 2), torch.zeros(batch, 2, 3))
    named.lace[:, lace] = named.eyelet[:, side, index] = 1.0
    return named


def test_only_the_named_things_make_the_goal() -> None:
    scene, named = states(2), _named(0, 1, 2)
    goal = features_of_goal(scene, named)
    for name, lace_only in (("aglet_position", True), ("lace_points", True), ("eyelet_position", False)):
        near, far = scene[name].clone(), scene[name].clone()
        (near[:, 0] if lace_only else near[:, 1, 2]).add_(0.01)
        (far[:, 1] if lace_only else far[:, 0, 2]).add_(0.01)
        assert not torch.equal(goal, features_of_goal(scene | {name: near}, named)), name
        assert torch.equal(goal, features_of_goal(scene | {name: far}, named)), name


def test_a_goal_looks_the_same_whatever_it_is_called() -> None:
    """Another eyelet at the same place differs in its name only."""
    scene = states(2)
    for name in ("eyelet_position", "eyelet_axis"):
        scene[name] = scene[name][:, :, :1].expand_as(scene[name])
    for name in ("threaded", "pulled_through"):
        scene[name] = scene[name][..., :1].expand_as(scene[name])
    first, third = (features_of_goal(scene, _named(0, 1, index)) for index in (0, 2))
    assert torch.equal(first[:, :-6], third[:, :-6]) and not torch.equal(first, third)


def test_the_mirrored_goal_is_the_mirror_image() -> None:
    plain = states(2)
    before = features_of_goal(plain, _named(0, 1, 2))
    after = features_of_goal(mirror_observation(plain), _named(1, 0, 2))
    magnitudes = [features.abs().sort(dim=1).values for features in (before, after)]
    torch.testing.assert_close(*magnitudes, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["joint_position", "joint_velocity", "tool_position", "tool_rotation"])
def test_what_tells_the_last_actions_or_where_a_displaced_hand_is_is_not_seen(name: str) -> None:
    scene = states(2)
    changed = scene | {name: scene[name] + 0.1}
    for thing in THINGS:
        assert torch.equal(getattr(features_of(scene), thing), getattr(features_of(changed), thing))
    assert torch.equal(*(features_of_goal(each, _named(0, 1, 2)) for each in (scene, changed)))
