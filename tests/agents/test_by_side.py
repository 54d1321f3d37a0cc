"""Who acts is decided by where the lace lies when an episode begins."""

from typing import Any

import numpy as np
import pytest
from observations import states

from lacelab.agents.by_side import BySide, on_the_far_side
from lacelab.envs.language import decode, encode

SEEN = {name: values[0].numpy() for name, values in states(1).items()}


class Named:
    """Says who acts, by its actions."""

    chunk, phase = 3, "named"

    def __init__(self, name: float) -> None:
        self.name, self.retries = name, int(name)
        self.seeds: list[int] = []

    def reset(self, seed: int) -> None:
        self.seeds.append(seed)

    def act(self, observation: Any, noise: Any = None) -> Any:
        return np.full((1, 14), self.name if noise is None else noise)

    def act_ahead(self, observation: Any, committed: Any) -> Any:
        return np.full((1, 14), 10 * self.name)


def _seen(instruction: str, y: float) -> dict[str, Any]:
    tips = np.array([[0.3, y, 0.36], [0.3, y, 0.36]], np.float32)
    return SEEN | {"instruction": encode(instruction), "aglet_position": tips}


@pytest.mark.parametrize(
    ("instruction", "y", "far"),
    [
        ("thread the left lace through the first hole on the right", 0.1, False),
        ("thread the left lace through the first hole on the right", -0.1, True),
        ("thread the right lace through the first hole on the right", -0.1, False),
        ("thread the right lace through the first hole on the right", 0.1, True),
        ("pick up the right lace", 0.1, False),
    ],
)
def test_the_side_of_the_lace_that_is_asked_for(instruction: str, y: float, far: bool) -> None:
    assert on_the_far_side(_seen(instruction, y)) == far
    assert not on_the_far_side({"head": np.zeros((4, 4, 3))})


@pytest.mark.parametrize(("y", "who"), [(0.1, 1.0), (-0.1, 2.0)])
def test_one_acts_until_the_episode_ends(y: float, who: float) -> None:
    own, far = Named(1.0), Named(2.0)
    policy = BySide(own, far)
    policy.reset(7)
    assert (own.seeds, far.seeds) == ([7], [7])
    assert (policy.phase, policy.retries, policy.chunk) == ("named", 1, 3)
    first = _seen("thread the left lace through the first hole on the right", y)
    carried_over = _seen("thread the left lace through the first hole on the right", -y)
    assert [float(policy.act(seen)[0, 0]) for seen in (first, carried_over)] == [who, who]
    assert policy.retries == int(who)
    assert policy.act(first, np.full((1, 14), 0.5))[0, 0] == 0.5
    assert policy.act_ahead(first, np.zeros((2, 14), np.float32))[0, 0] == 10 * who
    policy.reset(8)
    assert float(policy.act(carried_over)[0, 0]) == 3.0 - who


@pytest.mark.parametrize(("y", "who"), [(0.1, 1.0), (-0.1, 2.0)])
def test_who_is_asked_to_pick_a_lace_up_threads_it(y: float, who: float) -> None:
    class Asked(Named):
        def act(self, observation: Any, noise: Any = None) -> Any:
            self.asked = decode(observation["instruction"])
            return super().act(observation, noise)

    own, far = Asked(1.0), Asked(2.0)
    policy = BySide(own, far)
    assert policy.act(_seen("pick up the left lace", y))[0, 0] == who
    assert (own if who == 1.0 else far).asked == "thread the left lace through the second hole on the left"
    policy.reset(0)
    assert policy.act_ahead(_seen("pick up the left lace", y), np.zeros((2, 14), np.float32))[0, 0] == 10 * who
