"""Wrong laces and eyelets are counted as what they are."""

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from lacelab.agents.policies import NoopPolicy
from lacelab.benchmarks.exceptions import ResumeError
from lacelab.benchmarks.files import write_json
from lacelab.benchmarks.instruction_following import earlier_episodes, mistakes, other_goal, play, summary
from lacelab.envs.goals import EyeletGoal
from lacelab.envs.language import parse
from lacelab.envs.spec import ACTION_SIZE, Side

_GOAL = EyeletGoal(Side.LEFT, Side.RIGHT, 1)


def _seen(lifted: tuple[float, float] = (0.0, 0.0), through: tuple[int, int, int] | None = None) -> dict[str, Any]:
    threaded = np.zeros((2, 2, 3), np.float32)
    if through is not None:
        threaded[through] = 1.0
    tips = np.zeros((2, 3), np.float32)
    tips[:, 2] = lifted
    return {"aglet_position": tips, "threaded": threaded}


@pytest.mark.parametrize(
    ("later", "wrong_lace", "wrong_eyelet"),
    [
        (_seen(), False, False),
        (_seen((0.3, 0.02), (0, 1, 1)), False, False),
        (_seen((0.0, 0.06)), True, False),
        (_seen(through=(0, 1, 2)), False, True),
        (_seen(through=(1, 1, 1)), False, True),
        (_seen((0.0, 0.3), (1, 0, 0)), True, True),
    ],
)
def test_tells_the_wrong_lace_from_the_wrong_eyelet(
    later: dict[str, Any], wrong_lace: bool, wrong_eyelet: bool
) -> None:
    assert mistakes(_GOAL, [_seen(), later, _seen()]) == {"wrong_lace": wrong_lace, "wrong_eyelet": wrong_eyelet}


def test_asks_for_something_else_in_the_same_scene() -> None:
    others = [other_goal(_GOAL, seed) for seed in range(50)]
    assert _GOAL not in others and len(set(others)) == 11
    assert others == [other_goal(_GOAL, seed) for seed in range(50)]


class _Scene(gymnasium.Env[Any, Any]):
    """Two ticks in which the right lace goes through the eyelet nearest the toe, whatever was asked."""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        goal = parse(options["instruction"]) if options else _GOAL
        assert isinstance(goal, EyeletGoal)
        self._ticks = 0
        return _seen(), {"goal": {"lace": goal.lace, "side": goal.side, "index": goal.index}}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        assert action.shape == (ACTION_SIZE,)
        self._ticks += 1
        return _seen(through=(1, 0, 0)), 0.0, self._ticks == 2, False, {"instruction": "thread", "is_success": False}


def test_follows_the_goal_it_was_given() -> None:
    asked = EyeletGoal(Side.RIGHT, Side.LEFT, 0)
    assert play(_Scene(), NoopPolicy(), 7, None)["wrong_eyelet"]
    assert play(_Scene(), NoopPolicy(), 7, asked) == {
        "seed": 7,
        "instruction": "thread",
        "success": False,
        "wrong_lace": False,
        "wrong_eyelet": False,
    }


def test_goes_on_with_the_same_only(tmp_path: Path) -> None:
    path, facts = tmp_path / "told.json", {"policy": "noop", "difficulty": "easy"}
    assert earlier_episodes(path, facts) == []
    episodes = [play(_Scene(), NoopPolicy(), seed, None) for seed in (7, 8)]
    write_json(path, facts | summary(episodes))
    assert earlier_episodes(path, facts) == episodes
    with pytest.raises(ResumeError, match="tells of another policy, setting or commit"):
        earlier_episodes(path, facts | {"difficulty": "hard"})


def test_any_of_both_mistakes_is_one_wrong_episode() -> None:
    episodes = [{"wrong_lace": lace, "wrong_eyelet": eyelet} for lace in (False, True) for eyelet in (False, True)]
    found = summary(episodes)
    assert found["wrong"] == 3 and found["n"] == 4
    assert found["wilson"][0] < 0.75 < found["wilson"][1]
